"""Alerts open, follow, close; people are told once, and again when it grows much worse."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from commanda.accounts.models import Role
from commanda.alerts.bell import bell_number
from commanda.alerts.kinds import KINDS, Cadence, Finding
from commanda.alerts.kinds.low_stock import LowStock
from commanda.alerts.models import Alert, AlertNotice, AlertRule
from commanda.alerts.selectors import resting_since
from commanda.alerts.services.evaluate import evaluate_rules
from commanda.alerts.services.read import read_alerts
from commanda.alerts.services.settle import Settled
from commanda.audit.models import Event
from commanda.kernel.clock import now, time_is
from commanda.kernel.errors import NotAllowed
from tests.alerts.helpers import SYSTEM, keys, make_rule, open_ones, settled
from tests.factories import make_actor, make_user, make_variant

pytestmark = pytest.mark.django_db


def low(key="1", value="8", *, opens=True, owners=()):
    return Finding(key, Decimal(value), Decimal(10), opens, {"product": 1}, owners)


def told(rule):
    return sorted(AlertNotice.objects.filter(alert__rule=rule).values_list("user__name", "seen_at"))


def test_subject_has_one_alert_that_follows_until_it_closes_and_a_new_one_after():
    rule = make_rule("low_stock")
    assert settled(rule, low(value="8")) == Settled(opened=1, closed=0, open=1)
    first = open_ones(rule)[0]
    assert settled(rule, low(value="7", opens=False)) == Settled(0, 0, 1)
    first.refresh_from_db()
    assert (first.facts["value"], first.closed_at) == ("7", None)
    assert settled(rule) == Settled(0, 1, 0)
    first.refresh_from_db()
    assert first.closed_at is not None
    settled(rule, low())
    assert open_ones(rule)[0].pk != first.pk
    assert Alert.objects.filter(rule=rule).count() == 2


def test_nothing_opens_when_a_value_is_only_nearly_well():
    rule = make_rule("low_stock")
    assert settled(rule, low(opens=False)) == Settled(0, 0, 0)


def test_value_that_swings_around_its_limit_rings_once():
    rule, admin = make_rule("low_stock"), make_user("admin")
    for value, opens in (("10", True), ("11", False), ("10", True), ("11", False), ("9", True)):
        settled(rule, low(value=value, opens=opens))
    assert Alert.objects.filter(rule=rule).count() == 1
    assert Event.objects.filter(name="alert.opened").count() == 1
    assert bell_number(admin.as_actor(), 100) == 1


def test_person_who_has_seen_it_hears_again_only_when_it_is_a_quarter_worse():
    rule, admin = make_rule("low_stock"), make_user("admin")
    settled(rule, low(value="8"))
    read_alerts(actor=admin.as_actor())
    settled(rule, low(value="7"))
    assert bell_number(admin.as_actor(), 100) == 0
    settled(rule, low(value="6"))
    assert bell_number(admin.as_actor(), 100) == 1
    read_alerts(actor=admin.as_actor())
    settled(rule, low(value="5"))  # a sixth less than what was told last
    assert bell_number(admin.as_actor(), 100) == 0
    settled(rule, low(value="9"))
    assert bell_number(admin.as_actor(), 100) == 0


def test_closed_alert_leaves_the_bell_of_who_never_saw_it():
    rule, admin = make_rule("low_stock"), make_user("admin")
    settled(rule, low())
    assert bell_number(admin.as_actor(), 100) == 1
    settled(rule)
    assert bell_number(admin.as_actor(), 100) == 0


def test_database_refuses_a_second_open_alert_of_a_subject():
    rule = make_rule("low_stock")
    settled(rule, low())
    at = now()
    again = Alert(rule=rule, kind=rule.kind, subject_key="1", opened_at=at, changed_at=at, updated_at=at)
    with pytest.raises(IntegrityError, match="alert_open_once"), transaction.atomic():
        again.save()
    settled(rule)
    again.save()


def test_rule_that_was_switched_off_meanwhile_is_left_alone():
    rule = make_rule("low_stock", is_active=False)
    assert settled(rule, low()) == Settled()
    assert open_ones(rule) == []


def test_only_people_whose_rights_let_them_are_told():
    rule = make_rule("high_returns", roles=("admin", "supervisor", "agent", "buyer"), dimension="agent")
    agent = make_user("agent", name="Amina")
    make_user("agent", name="Bilal")
    make_user("buyer", name="Hiba")
    make_user("supervisor", name="Youssef")
    make_user("supervisor", name="Parti", is_active=False)
    settled(rule, low("agent:1", owners=(agent.pk,)), low("agent:2", owners=(0,)))
    assert [name for name, _seen in told(rule)] == ["Amina", "Youssef", "Youssef"]


@pytest.mark.parametrize(
    ("kind", "told_roles"),
    [
        ("low_stock", {"admin", "supervisor", "agent", "buyer"}),
        ("sold_out_ads", {"admin", "buyer"}),
        ("spend_without_leads", {"admin", "buyer"}),
        ("break_even", {"admin"}),
        ("high_returns", {"admin", "supervisor", "agent"}),
        ("late_orders", {"admin", "supervisor", "agent"}),
        ("stale_source", {"admin"}),
        ("jobs_failed", {"admin"}),
    ],
)
def test_each_kind_reaches_those_who_may_know(kind, told_roles):
    roles = ("admin", "supervisor", "agent", "buyer")
    rule = make_rule(kind, roles=roles)
    people = {role: make_user(role, name=role) for role in roles}
    strangers = {role: make_user(role, name=f"other {role}") for role in ("agent", "buyer")}
    settled(rule, low(owners=(people["agent"].pk, people["buyer"].pk)))
    names = {name for name, _seen in told(rule)}
    assert names & set(people) == told_roles
    # Others of the same role have no part in it, except in what everybody with the right may see.
    if kind != "low_stock":
        assert not names & {user.name for user in strangers.values()}


def test_named_person_is_told_without_the_role_and_who_loses_the_part_is_told_no_more():
    buyer = make_user("buyer", name="Hiba")
    rule = make_rule("low_stock", roles=(), people=(buyer,))
    settled(rule, low())
    assert [name for name, _seen in told(rule)] == ["Hiba"]
    rule.people.clear()
    rule.roles.set(Role.objects.filter(slug="admin"))
    make_user("admin", name="Karima")
    settled(rule, low())
    assert [name for name, _seen in told(rule)] == ["Karima"]


def test_right_that_is_taken_away_hides_what_was_told_before_at_once():
    agent = make_user("agent")
    rule = make_rule("high_returns", roles=("agent",), dimension="agent")
    settled(rule, low("agent:1", owners=(agent.pk,)))
    assert bell_number(agent.as_actor(), 100) == 1
    agent.role = Role.objects.create(slug="nobody", name="Personne", permissions=[])
    agent.save()
    assert bell_number(agent.as_actor(), 100) == 0
    assert not Alert.objects.visible_to(agent.as_actor()).exists()


def test_failure_of_one_kind_is_noted_told_and_stops_no_other(monkeypatch):
    AlertRule.objects.all().delete()
    broken, others = make_rule("low_stock"), make_rule("unassigned")
    failing = make_rule("rules_failing")

    def fail(_self, _terms):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    monkeypatch.setattr(LowStock, "find", fail)
    found = evaluate_rules(actor=SYSTEM)
    assert found[broken.pk] is None
    assert found[others.pk] == Settled(0, 0, 0)
    assert [alert.things for alert in open_ones(failing)] == [{"rule": broken.pk}]
    since = AlertRule.objects.get(pk=broken.pk).failed_at
    with time_is(now() + timedelta(minutes=5)):
        evaluate_rules(actor=SYSTEM)
    assert AlertRule.objects.get(pk=broken.pk).failed_at == since
    monkeypatch.undo()
    evaluate_rules(actor=SYSTEM)
    assert AlertRule.objects.get(pk=broken.pk).failed_at is None
    assert open_ones(failing) == []


def test_rules_are_asked_at_their_cadence():
    asked = {rule.pk: rule.kind for rule in AlertRule.objects.all()}
    often = evaluate_rules(actor=SYSTEM, cadence=Cadence.OFTEN)
    assert {KINDS[asked[pk]].cadence for pk in often} == {Cadence.OFTEN}
    hourly = evaluate_rules(actor=SYSTEM, cadence=Cadence.HOURLY)
    assert set(often) | set(hourly) == set(asked)
    assert None not in (often | hourly).values()


@pytest.mark.parametrize("role", ["supervisor", "agent", "buyer"])
def test_only_who_may_change_settings_looks(role):
    with pytest.raises(NotAllowed):
        evaluate_rules(actor=make_actor(role))


def test_worker_that_rests_is_noticed():
    assert resting_since() is None  # nobody has looked yet: a new installation
    evaluate_rules(actor=SYSTEM)
    assert resting_since() is None
    with time_is(now() + timedelta(minutes=30)):
        assert resting_since() is not None
        evaluate_rules(actor=SYSTEM, cadence=Cadence.OFTEN)
        assert resting_since() is None


@pytest.mark.parametrize("people", [1, 20])
def test_settling_costs_the_same_for_10_and_200_subjects(people):
    rule = make_rule("low_stock")
    for _number in range(people):
        make_user("admin")

    def costs(number):
        found = [low(str(key), value) for key, value in ((key, "9") for key in range(number))]
        steps = []
        worse = [low(finding.key, "3") for finding in found]
        for findings in (found, worse, []):
            with CaptureQueriesContext(connection) as queries:
                settled(rule, *findings)
            steps.append(len(queries))
        return steps

    assert costs(10) == costs(200)


@pytest.mark.parametrize("kind", ["low_stock", "cover", "sold_out_ads", "high_returns"])
def test_asking_costs_the_same_for_10_and_200_subjects(kind):
    rule = make_rule(kind)

    def cost(number):
        for _step in range(number):
            make_variant(stock=0)
        with CaptureQueriesContext(connection) as queries:
            rule.definition.find(rule.terms)
        return len(queries)

    cost(1)  # the first time, days that are over are added up
    first = cost(10)
    assert cost(30) == first


def test_keys_are_those_that_were_found():
    rule = make_rule("low_stock")
    settled(rule, low("1"), low("2"))
    settled(rule, low("2"), low("3"))
    assert keys(rule) == ["2", "3"]
