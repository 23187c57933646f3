"""The bell's hints: only to those whose number changed, and none for the write of an order."""

from dataclasses import replace

import pytest

from commanda.alerts.services.mute import mute_alert
from commanda.alerts.services.read import read_alerts
from commanda.alerts.services.rules import RuleData, delete_rule, save_rule
from commanda.kernel import live
from commanda.orders.services.annotate import add_comment, read_mentions
from commanda.orders.services.transition import transition_order
from tests.alerts.helpers import SYSTEM, look, make_rule, open_ones, settled
from tests.alerts.test_settling import low
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db


@pytest.fixture
def rung(monkeypatch, django_capture_on_commit_callbacks):
    """Who is rung by an act."""

    def listen(act):
        heard = set()

        def hear(subject, found):
            if subject == "bell":
                heard.update(found.ids)

        monkeypatch.setattr(live._sender, "add", hear)
        with django_capture_on_commit_callbacks(execute=True):
            act()
        return heard

    return listen


def test_those_who_are_told_are_rung_when_an_alert_opens_grows_worse_and_closes(rung):
    rule, admin = make_rule("low_stock"), make_user("admin")
    make_user("buyer")
    assert rung(lambda: settled(rule, low(value="8"))) == {admin.pk}
    assert rung(lambda: settled(rule, low(value="7"))) == set()
    assert rung(lambda: settled(rule, low(value="5"))) == {admin.pk}
    assert rung(lambda: settled(rule)) == {admin.pk}
    assert rung(lambda: settled(rule)) == set()


def test_person_is_rung_in_the_other_windows_when_they_have_seen_or_muted_something(rung):
    rule, admin = make_rule("low_stock"), make_user("admin")
    other = make_user("admin")
    settled(rule, low("1"), low("2"))
    actor, (first, _second) = admin.as_actor(), open_ones(rule)
    assert rung(lambda: read_alerts(actor=actor, alert_ids=[first.pk])) == {admin.pk}
    assert rung(lambda: read_alerts(actor=actor, alert_ids=[first.pk])) == set()
    assert rung(lambda: mute_alert(actor=actor, alert_id=first.pk)) == {admin.pk}
    assert rung(lambda: mute_alert(actor=actor, alert_id=first.pk, for_all=True, reason="x")) == {
        admin.pk,
        other.pk,
    }


def test_comment_rings_whom_it_names_and_no_write_of_an_order_rings(rung):
    person, order = make_user("admin", name="Karima Essai"), make_order(make_variant(stock=3))
    assert rung(lambda: add_comment(actor=SYSTEM, order_id=order.pk, text="@Karima Essai merci")) == {person.pk}
    assert rung(lambda: add_comment(actor=SYSTEM, order_id=order.pk, text="rien")) == set()
    assert rung(lambda: transition_order(actor=SYSTEM, order_id=order.pk, to="confirmed")) == set()
    assert rung(lambda: read_mentions(actor=person.as_actor())) == {person.pk}


def test_those_who_are_told_are_rung_when_a_rule_leaves_the_bell_or_is_deleted(rung):
    rule, admin = make_rule("low_stock"), make_user("admin")
    make_variant(stock=2, low_stock_qty=10)
    look(rule)
    data = RuleData("", {}, 0, "", False, True, True, [role.pk for role in rule.roles.all()], [])
    assert rung(lambda: save_rule(actor=SYSTEM, kind="low_stock", data=data, rule_id=rule.pk)) == set()
    silent = replace(data, to_bell=False)
    assert rung(lambda: save_rule(actor=SYSTEM, kind="low_stock", data=silent, rule_id=rule.pk)) == {admin.pk}
    assert rung(lambda: delete_rule(actor=SYSTEM, rule_id=rule.pk)) == {admin.pk}
