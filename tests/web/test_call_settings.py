from datetime import date, time, timedelta

import pytest
from django.urls import reverse

from commanda.audit.models import Event
from commanda.confirmation.models import (
    AgentProfile,
    AssignmentRule,
    CallPolicy,
    ClientLanguage,
    Holiday,
    Outcome,
    QueueEntry,
    RetryStep,
    StoreHours,
)
from commanda.confirmation.services.log_call import log_call
from commanda.confirmation.services.presence import set_presence
from commanda.customers.models import City
from commanda.kernel.clock import time_is
from commanda.orders.models import State, Store
from tests.factories import make_actor, make_order, make_user, make_variant
from tests.moments import MONDAY

pytestmark = pytest.mark.django_db
HOURS = {
    "opens_at": "10:00", "closes_at": "19:00", "break_from": "", "break_until": "",
    "friday_break_from": "12:00", "friday_break_until": "14:00",
}  # fmt: skip
LIMITS = {
    "assignment_method": "rules", "capacity": "50", "lease_minutes": "8", "presence_minutes": "5",
    "absent_minutes": "20", "stale_hours": "0", "min_address_words": "2", "min_address_letters": "6",
    "holds_outside_hours": "on",
}  # fmt: skip
OUTCOME = {
    "label_fr": "Au travail", "label_ar": "في العمل", "label_en": "At work", "icon": "clock", "color": "orange",
    "follow_up": "retry", "retry_minutes": "240", "is_active": "on",
}  # fmt: skip
RULE = {"name": "Casablanca", "method": "least_loaded", "language": "", "client_kind": "", "min_amount": "500"}


@pytest.fixture
def admin(client):
    user = make_user("admin", language="en")
    client.force_login(user)
    with time_is(MONDAY):
        yield user


def steps(*rows, **fields):
    data = {"steps-TOTAL_FORMS": len(rows), "steps-INITIAL_FORMS": 0, "max_attempts": 4}
    data["exhausted_state"] = State.objects.get(slug="unreachable").pk
    for place, (minutes, days, at) in enumerate(rows):
        data |= {
            f"steps-{place}-after_minutes": minutes,
            f"steps-{place}-days_later": days,
            f"steps-{place}-at_time": at,
        }
    return data | fields


def test_limits_are_changed_and_audited(client, admin):
    assert client.post(reverse("settings_calls"), LIMITS).status_code == 302
    policy = CallPolicy.objects.get()
    assert (policy.capacity, policy.absent_minutes, policy.holds_outside_hours) == (50, 20, True)
    assert Event.objects.get(name="settings.calls").changes["capacity"] == ["80", "50"]
    refused = client.post(reverse("settings_calls"), LIMITS | {"presence_minutes": "9"})
    assert refused.status_code == 422
    assert "8 minutes" in refused.context["form"].errors["presence_minutes"][0]
    assert (
        "lease_minutes"
        in client.post(reverse("settings_calls"), LIMITS | {"lease_minutes": "0"}).context["form"].errors
    )


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"closes_at": "09:00"}, "closes_at"),
        ({"break_from": "13:00"}, "break_until"),
        ({"break_from": "13:00", "break_until": "12:00"}, "break_until"),
        ({"break_from": "08:00", "break_until": "20:00"}, "break_until"),
        ({"friday_break_until": "11:00"}, "friday_break_until"),
        ({"closed_weekdays": ["0", "1", "2", "3", "4", "5", "6"]}, "closed_weekdays"),
        ({"opens_at": "tôt"}, "opens_at"),
    ],
)
def test_hours_are_refused_when_they_make_no_sense(client, admin, fields, field):
    answer = client.post(reverse("settings_hours"), HOURS | fields)
    assert answer.status_code == 422
    assert answer.context["form"].errors[field]
    assert CallPolicy.objects.get().opens_at == time(9)


def test_store_has_its_own_hours_until_they_are_taken_away(client, admin):
    store = Store.objects.create(name="Nuit", prefix="NU")
    client.post(reverse("settings_hours"), HOURS)
    client.post(
        reverse("settings_store_hours", args=[store.pk]), HOURS | {"closed_weekdays": ["6"], "opens_at": "15:00"}
    )
    assert CallPolicy.objects.get().opens_at == time(10)
    assert StoreHours.objects.get().closed_weekdays == [6]
    page = client.get(reverse("settings_hours"))
    assert [(row["store"].name, row["is_own"], row["opens_at"] == MONDAY) for row in page.context["rows"]] == [
        (Store.objects.first().name, False, True),
        ("Nuit", True, False),
    ]
    client.post(reverse("settings_store_hours_remove", args=[store.pk]))
    assert not StoreHours.objects.exists()
    assert Event.objects.filter(name="settings.hours").count() == 2


def test_holiday_is_added_once_and_removed(client, admin):
    day = {"closed_on": "2026-12-25", "name": "Fermeture"}
    assert client.post(reverse("settings_holidays"), day).status_code == 302
    again = client.post(reverse("settings_holidays"), day)
    assert again.context["holiday_form"].errors["closed_on"]
    assert client.post(reverse("settings_holidays"), {"closed_on": "demain"}).status_code == 422
    client.post(reverse("settings_holiday_remove", args=[Holiday.objects.get(closed_on=date(2026, 12, 25)).pk]))
    assert not Holiday.objects.exists()


def test_retries_are_changed_without_moving_what_waits_until_replanned(client, admin):
    agent = make_actor("agent")
    orders = [make_order(make_variant(), assignee_id=agent.user_id) for _ in range(2)]
    log_call(actor=agent, order_id=orders[0].pk, outcome="no_answer")
    promised = MONDAY + timedelta(days=1)
    log_call(actor=agent, order_id=orders[1].pk, outcome="callback", callback_at=promised)
    entry = QueueEntry.objects.get(order=orders[0])
    assert (
        client.post(reverse("settings_retries"), steps((45, "", ""), ("", 1, "18:30"), ("", "", ""))).status_code == 302
    )
    assert list(RetryStep.objects.values_list("after_minutes", "days_later", "at_time")) == [
        (45, None, None),
        (None, 1, time(18, 30)),
    ]
    assert CallPolicy.objects.get().max_attempts == 4
    entry.refresh_from_db()
    assert entry.due_at == MONDAY + timedelta(minutes=30)
    page = client.get(reverse("settings_retries"))
    assert (page.context["replan"].waiting, page.context["replan"].later) == (1, 1)
    assert [try_["number"] for try_ in page.context["picture"]] == [1, 2, 3, 4]
    client.post(reverse("settings_replan"))
    entry.refresh_from_db()
    assert entry.due_at == MONDAY + timedelta(minutes=45)
    assert QueueEntry.objects.get(order=orders[1]).due_at == promised
    assert Event.objects.get(name="queue.replanned").changes == {"waiting": 1, "earlier": 0, "later": 1}
    client.post(reverse("settings_replan"))
    assert Event.objects.filter(name="queue.replanned").count() == 1


def test_overdue_retry_is_due_at_once_when_it_is_replanned(client, admin):
    agent = make_actor("agent")
    order = make_order(make_variant(), assignee_id=agent.user_id)
    log_call(actor=agent, order_id=order.pk, outcome="no_answer")
    client.post(reverse("settings_retries"), steps((5, "", "")))
    with time_is(MONDAY + timedelta(minutes=10)):
        client.post(reverse("settings_replan"))
    assert QueueEntry.objects.get().due_at == MONDAY + timedelta(minutes=10)


@pytest.mark.parametrize(
    "rows",
    [
        [("", "", "")],
        [(30, "", ""), (30, 1, "10:00")],
        [("", 1, "")],
        [("", "", "10:00")],
        [(20000, "", "")],
        [("", 31, "9:00")],
    ],
)
def test_steps_are_refused_when_they_do_not_say_when(client, admin, rows):
    answer = client.post(reverse("settings_retries"), steps(*rows))
    assert answer.status_code == 422
    assert answer.context["problem"]
    assert RetryStep.objects.count() == 5


def test_outcome_is_added_used_and_changed(client, admin):
    assert client.post(reverse("settings_outcome_new"), OUTCOME).status_code == 302
    added = Outcome.objects.get(slug="at_work")
    assert added.position == Outcome.objects.count() - 1
    agent = make_actor("agent")
    order = make_order(make_variant(), assignee_id=agent.user_id)
    result = log_call(actor=agent, order_id=order.pk, outcome="at_work")
    assert result.next_action_at == MONDAY + timedelta(minutes=240)
    client.post(reverse("settings_outcome_new"), OUTCOME)
    assert Outcome.objects.filter(slug="at_work_2").exists()
    client.post(reverse("settings_outcome", args=[added.pk]), OUTCOME | {"label_fr": "Occupé au travail"})
    added.refresh_from_db()
    assert (added.slug, added.label_fr) == ("at_work", "Occupé au travail")
    changes = Event.objects.filter(name="settings.outcome", subject_id=added.pk).last().changes
    assert changes == {"label_fr": ["Au travail", "Occupé au travail"]}


@pytest.mark.parametrize(
    ("fields", "state", "field"),
    [
        ({"label_fr": ""}, "", "label_fr"),
        ({"follow_up": "none", "retry_minutes": ""}, "", "follow_up"),
        ({"follow_up": "none", "retry_minutes": ""}, "to_confirm", "follow_up"),
        ({}, "cancelled", "follow_up"),
        ({"follow_up": "callback"}, "", "retry_minutes"),
        ({"retry_minutes": "0"}, "", "retry_minutes"),
        ({"icon": "<svg>"}, "", "icon"),
        ({}, "delivered", "target_state"),
    ],
)
def test_outcome_is_refused_when_it_contradicts_itself(client, admin, fields, state, field):
    target = {"target_state": State.objects.get(slug=state).pk} if state else {}
    answer = client.post(reverse("settings_outcome_new"), OUTCOME | fields | target)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not Outcome.objects.filter(slug="at_work").exists()


def test_last_confirming_outcome_stays_active(client, admin):
    confirmed = Outcome.objects.get(slug="confirmed")
    data = {"label_fr": "Confirmée", "icon": "check", "color": "green", "follow_up": "none", "is_answered": "on"}
    answer = client.post(
        reverse("settings_outcome", args=[confirmed.pk]), data | {"target_state": confirmed.target_state_id}
    )
    assert answer.context["form"].errors["is_active"]
    confirmed.refresh_from_db()
    assert confirmed.is_active


def test_outcomes_change_places_with_their_keys(client, admin):
    second = Outcome.objects.all()[1]
    for to in ("up", "up", "down"):
        client.post(reverse("settings_outcome_move", args=[second.pk]), {"to": to})
    rows = client.get(reverse("settings_outcomes")).context["rows"]
    assert [(row.slug, key) for row, key in rows[:2]] == [("confirmed", 1), ("no_answer", 2)]
    client.post(reverse("settings_outcome_move", args=[second.pk]), {"to": "up"})
    assert Outcome.objects.first() == second


def test_rule_is_added_moved_switched_and_deleted(client, admin):
    city = City.objects.get(slug="casablanca")
    agent = make_user("agent")
    client.post(reverse("settings_rule_new"), RULE | {"city_ids": [city.pk], "agent_ids": [agent.pk]})
    rule = AssignmentRule.objects.get(name="Casablanca")
    assert (rule.city_ids, rule.agent_ids, rule.min_amount, rule.position) == ([city.pk], [agent.pk], 500, 3)
    change = reverse("settings_rule_change", args=[rule.pk])
    for _step in range(5):
        client.post(change, {"do": "up"})
    assert AssignmentRule.objects.first() == rule
    words = client.get(reverse("settings_assignment")).context["rows"][0][1]
    assert agent.name in words
    client.post(change, {"do": "off"})
    rule.refresh_from_db()
    assert not rule.is_active
    assert client.get(reverse("settings_rule", args=[rule.pk])).context["form"]["city_ids"].initial == [city.pk]
    client.post(change, {"do": "delete"})
    assert AssignmentRule.objects.count() == 3
    assert Event.objects.filter(name="settings.assignment", subject_id=rule.pk).count() == 6
    assert client.post(change, {"do": "up"}).status_code == 404


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"max_amount": "100"}, "max_amount"), ({"method": "dice"}, "method"), ({"min_amount": "beaucoup"}, "min_amount")],
)
def test_rule_is_refused_when_it_makes_no_sense(client, admin, fields, field):
    answer = client.post(reverse("settings_rule_new"), RULE | fields)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert AssignmentRule.objects.count() == 3


def test_dry_run_tells_all_and_writes_nothing_until_told(client, admin):
    agent = make_actor("agent", name="Amina Exemple")
    set_presence(actor=agent, status="online")
    AgentProfile.objects.create(user_id=agent.user_id, capacity=2)
    for _ in range(3):
        make_order(make_variant())
    page = client.get(reverse("settings_dry_run"))
    plan = page.context["plan"]
    assert (plan.waiting, plan.given) == (3, 2)
    assert [(row.agent.name, len(row.entries)) for row in plan.agents] == [("Amina Exemple", 2)]
    assert [len(entries) for _reason, entries in plan.left] == [1]
    assert not Event.objects.filter(name="order.assigned").exists()
    client.post(reverse("settings_dry_run"))
    assert Event.objects.filter(name="order.assigned").count() == 2


def test_agent_has_a_profile_when_it_is_filled_in(client, admin):
    agent = make_user("agent")
    url = reverse("settings_agent", args=[agent.pk])
    assert client.get(url).status_code == 200
    client.post(url, {"is_taking_orders": "on", "capacity": "", "weight": "150", "languages": ["ar"]})
    profile = AgentProfile.objects.get()
    assert (profile.languages, profile.capacity, profile.weight) == (["ar"], None, 150)
    assert client.post(url, {"weight": "0"}).status_code == 422
    assert str(ClientLanguage.ARABIC.label) in client.get(reverse("settings_agents")).content.decode()
    assert client.get(reverse("settings_agent", args=[admin.pk])).status_code == 404
    assert Event.objects.filter(name="settings.agent").count() == 1
