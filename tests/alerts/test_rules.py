from dataclasses import replace
from decimal import Decimal

import pytest

from commanda.accounts.models import Role
from commanda.alerts.default_rules import RULES, ensure_defaults
from commanda.alerts.kinds import KINDS
from commanda.alerts.models import Alert, AlertRule
from commanda.alerts.selectors import rules
from commanda.alerts.services.rules import RuleData, delete_rule, save_rule, switch_rule, try_rule
from commanda.audit.models import Event
from commanda.kernel.errors import Invalid, NotAllowed, NotFound
from tests.alerts.helpers import SYSTEM, open_ones
from tests.factories import make_actor, make_order, make_variant

pytestmark = pytest.mark.django_db
DATA = RuleData("", {}, 0, "", is_urgent=False, to_bell=True, to_email=False, role_ids=[], person_ids=[])
RETURNS = replace(DATA, limits={"rate": Decimal("0.4"), "orders": Decimal(2)}, days=30, dimension="product")


def low_variant():
    return make_variant(stock=2, low_stock_qty=10)


def test_new_installation_has_rules_of_every_kind_that_tell_somebody():
    assert {rule.kind for rule in AlertRule.objects.all()} == set(KINDS) == {row[0] for row in RULES}
    assert all(rule.roles.exists() for rule in AlertRule.objects.all())
    AlertRule.objects.filter(kind="low_stock").delete()
    ensure_defaults()
    assert not AlertRule.objects.filter(kind="low_stock").exists()


def test_saved_rule_looks_at_once():
    low_variant()
    rule = save_rule(actor=SYSTEM, kind="low_stock", data=DATA)
    assert len(open_ones(rule)) == 1
    assert rule.evaluated_at is None  # the row in hand is older than what was looked at
    assert AlertRule.objects.get(pk=rule.pk).evaluated_at is not None
    assert Event.objects.filter(name="alert.rule_saved").count() == 1
    save_rule(actor=SYSTEM, kind="low_stock", data=DATA, rule_id=rule.pk)
    assert Event.objects.filter(name="alert.rule_saved").count() == 1
    role = Role.objects.get(slug="buyer")
    save_rule(actor=SYSTEM, kind="low_stock", data=replace(DATA, role_ids=[role.pk]), rule_id=rule.pk)
    assert Event.objects.filter(name="alert.rule_saved").latest("pk").changes["roles"] == [[], [role.pk]]


def test_dry_run_finds_the_same_and_writes_nothing():
    variant = make_variant(stock=20)
    for state in ("returned", "delivered"):
        make_order(variant, state=state)
    before = AlertRule.objects.count()
    found = try_rule(actor=SYSTEM, kind="high_returns", data=RETURNS)
    assert [finding.things for finding in found] == [{"product": variant.product_id}]
    half = replace(RETURNS, limits={"rate": Decimal("0.52"), "orders": Decimal(2)})
    assert try_rule(actor=SYSTEM, kind="high_returns", data=half) == []  # nearly: it would not open
    assert (AlertRule.objects.count(), Alert.objects.count()) == (before, 0)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"limits": {"rate": Decimal(0), "orders": Decimal(2)}}, "limit_rate"),
        ({"limits": {"rate": Decimal("0.4"), "orders": Decimal(0)}}, "limit_orders"),
        ({"days": 0}, "days"),
        ({"days": 91}, "days"),
        ({"dimension": ""}, "dimension"),
        ({"dimension": "day"}, "dimension"),
        ({"to_bell": False}, "to_bell"),
    ],
)
def test_rule_that_makes_no_sense_is_refused_beside_its_field(change, field):
    with pytest.raises(Invalid) as refused:
        save_rule(actor=SYSTEM, kind="high_returns", data=replace(RETURNS, **change))
    assert refused.value.field == field
    assert str(refused.value)


def test_unknown_kind_and_rule_are_refused():
    with pytest.raises(Invalid):
        save_rule(actor=SYSTEM, kind="nonsense", data=DATA)
    with pytest.raises(NotFound):
        save_rule(actor=SYSTEM, kind="low_stock", data=DATA, rule_id=0)
    with pytest.raises(NotFound):
        delete_rule(actor=SYSTEM, rule_id=0)


def test_switching_off_closes_what_it_told_and_on_opens_it_again():
    low_variant()
    rule = save_rule(actor=SYSTEM, kind="low_stock", data=DATA)
    switch_rule(actor=SYSTEM, rule_id=rule.pk, is_active=False)
    assert open_ones(rule) == []
    switch_rule(actor=SYSTEM, rule_id=rule.pk, is_active=True)
    assert len(open_ones(rule)) == 1


def test_deleted_rule_takes_its_alerts_and_leaves_the_audit():
    low_variant()
    rule = save_rule(actor=SYSTEM, kind="low_stock", data=DATA)
    delete_rule(actor=SYSTEM, rule_id=rule.pk)
    assert not Alert.objects.exists()
    assert Event.objects.filter(name="alert.rule_deleted").exists()


@pytest.mark.parametrize("role", ["supervisor", "agent", "buyer"])
def test_only_who_may_change_settings_sets_rules(role):
    actor, rule = make_actor(role), AlertRule.objects.first()
    assert rules(actor) == []
    for act in (
        lambda: save_rule(actor=actor, kind="low_stock", data=DATA),
        lambda: try_rule(actor=actor, kind="low_stock", data=DATA),
        lambda: switch_rule(actor=actor, rule_id=rule.pk, is_active=False),
        lambda: delete_rule(actor=actor, rule_id=rule.pk),
    ):
        with pytest.raises(NotAllowed):
            act()
