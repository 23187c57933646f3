"""The calls page: which order it shows to whom, and what it says of it."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from commanda.catalog.models import Product
from commanda.confirmation.models import Call, CallPolicy, Lease, Presence, QueueEntry
from commanda.confirmation.services.next_order import lease_order
from commanda.kernel.clock import CASABLANCA, now, time_is
from commanda.orders.models import Order
from commanda.web.calls.callbacks import callback_at, callback_choices
from commanda.web.calls.whatsapp import greeting
from tests.factories import make_actor, make_bundle, make_order, make_user, make_variant
from tests.moments import MONDAY
from tests.web.calls import HTMX, form_of, order_of, state, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def variant(db):
    return make_variant(stock=9, name="Théière", price="150.00")


def test_next_order_is_shown_and_held_when_the_page_opens(client, agent, variant):
    order = order_of(agent, (variant, 2), customer_name="Imane Exemple", address="Rue 3")
    Product.objects.update(call_script="Demander la couleur.")
    text = client.get(reverse("calls")).content.decode()
    for shown in (order.reference, "Imane Exemple", "Rue 3", "Demander la couleur.", f"tel:{order.phone_e164}"):
        assert shown in text
    assert f"https://wa.me/{order.phone_e164[1:]}?text=" in text
    assert Lease.objects.get().order_id == order.pk
    assert Presence.objects.get().status == "online"


def test_unassigned_order_becomes_the_agents_when_the_page_opens(client, agent, variant):
    order = make_order(variant)
    assert order.reference in client.get(reverse("calls")).content.decode()
    order.refresh_from_db()
    assert order.assignee_id == agent.pk


def test_agent_cannot_open_or_log_when_the_order_is_somebody_elses(client, agent, variant):
    order = make_order(variant, assignee_id=make_user("agent").pk)
    assert client.get(url(order)).status_code == 404
    client.post(url(order), form_of(order, outcome="confirmed"))
    assert state(order) == "new"
    assert not Call.objects.exists()


def test_order_is_not_opened_when_somebody_else_talks_to_the_client(client, agent, variant):
    phone = "+212655000001"
    order = order_of(agent, variant, phone_e164=phone)
    other = make_actor("agent")
    lease_order(actor=other, order_id=make_order(variant, phone_e164=phone, assignee_id=other.user_id).pk)
    answer = client.get(url(order))
    assert answer.status_code == 409
    assert order.customer_name not in answer.content.decode()


def test_decided_order_is_not_opened_when_it_left_the_queue(client, agent, variant):
    assert client.get(url(order_of(agent, variant, state="confirmed"))).status_code == 409


@pytest.mark.parametrize("name", ["calls", "calls_queue", "presence"])
def test_buyer_is_refused_when_he_opens_the_calls(client, name):
    client.force_login(make_user("buyer"))
    assert client.get(reverse(name)).status_code == 403


@pytest.mark.parametrize("name", ["calls", "calls_queue", "presence"])
def test_stranger_is_sent_to_sign_in_when_not_known(client, name):
    assert client.get(reverse(name)).status_code == 302


def test_page_says_when_the_next_call_is_due_when_the_queue_is_empty(client, agent, variant):
    order = order_of(agent, variant)
    QueueEntry.objects.filter(order=order).update(due_at=now() + timedelta(hours=2), is_callback=True)
    answer = client.get(reverse("calls"))
    assert answer.context["panel"] == "calls/_empty.html"
    assert answer.context["counts"].next_callback_at
    assert order.customer_name not in answer.content.decode()


def test_no_order_is_given_when_the_agent_is_on_a_break(client, agent, variant):
    order_of(agent, variant)
    answer = client.post(reverse("presence"), {"status": "break"}, headers=HTMX)
    assert "presence-changed" in answer["HX-Trigger"]
    assert client.get(reverse("calls")).context["panel"] == "calls/_paused.html"
    assert not Lease.objects.exists()
    assert client.post(reverse("presence"), {"status": "online"}).status_code == 302
    assert client.get(reverse("calls")).context["panel"] == "calls/_work.html"


def test_agent_counts_as_away_when_his_page_was_silent(client, agent):
    client.post(reverse("presence"), {"status": "online"})
    Presence.objects.update(seen_at=now() - timedelta(minutes=30))
    assert client.get(reverse("presence"), headers=HTMX).context["status"] == "online"
    assert Presence.objects.get().seen_at > now() - timedelta(minutes=1)


def test_queue_is_listed_in_three_parts_when_it_is_mixed(client, agent, variant):
    due, callback, retry = (order_of(agent, variant, customer_name=name) for name in ("Aya", "Badr", "Chama"))
    later = now() + timedelta(hours=1)
    QueueEntry.objects.filter(order=callback).update(is_callback=True, due_at=later)
    QueueEntry.objects.filter(order=retry).update(attempts=2, due_at=later)
    answer = client.get(reverse("calls_queue"))
    parts = {name: [row.order_id for row in answer.context[name]] for name in ("due", "callbacks", "retries")}
    assert parts == {"due": [due.pk], "callbacks": [callback.pk], "retries": [retry.pk]}
    assert "Badr" in answer.content.decode()


def test_queue_takes_the_same_queries_when_it_is_long(client, agent, variant, django_assert_max_num_queries):
    for _ in range(12):
        order_of(agent, variant)
    client.get(reverse("calls_queue"))
    with django_assert_max_num_queries(12):
        client.get(reverse("calls_queue"))


def test_work_panel_takes_few_queries_when_lines_and_history_are_long(
    client, agent, variant, django_assert_max_num_queries
):
    bundle = make_bundle({variant: 2, make_variant(stock=3): 1})
    for _ in range(8):
        order = order_of(agent, (bundle, 1), (variant, 2), make_variant(stock=1), phone_e164="+212655000007")
    client.get(url(order), headers=HTMX)
    with django_assert_max_num_queries(45):
        client.get(url(order), headers=HTMX)


def test_bundle_shows_what_its_parts_allow_when_stock_is_short(client, agent, variant):
    bundle = make_bundle({variant: 2, make_variant(stock=3): 1})
    answer = client.get(url(order_of(agent, (bundle, 1))))
    assert [row.available for row in answer.context["rows"]] == [3]


def test_banner_names_the_clients_other_open_orders_when_there_are_some(client, agent, variant):
    first = order_of(agent, variant, phone_e164="+212655000001")
    second = order_of(agent, variant, phone_e164="+212655000001")
    text = client.get(url(second)).content.decode()
    assert url(first) in text
    assert second.possible_duplicate_of_id == first.pk


def test_history_counts_other_agents_orders_when_the_client_is_known(client, agent, variant):
    phone = "+212655000001"
    hidden = make_order(variant, state="delivered", phone_e164=phone, assignee_id=make_user("agent").pk)
    answer = client.get(url(order_of(agent, make_variant(stock=1), phone_e164=phone)))
    assert answer.context["record"]["delivered"] == 1
    assert hidden.reference not in answer.content.decode()


def test_supervisor_works_what_was_handed_over_when_he_opens_the_calls(client, agent, variant):
    order = order_of(agent, variant)
    client.post(url(order), form_of(order, outcome="to_supervisor", comment="Prix de gros"))
    client.force_login(make_user("supervisor"))
    text = client.get(reverse("calls")).content.decode()
    assert order.reference in text
    assert "Prix de gros" in text


def test_calls_are_shown_outside_hours_with_a_notice_when_it_is_late(client, agent, variant):
    CallPolicy.objects.update(opens_at="09:00", closes_at="20:00")
    with time_is(MONDAY):
        order = order_of(agent, variant)
    with time_is(MONDAY + timedelta(hours=11)):
        answer = client.get(reverse("calls"))
    assert answer.context["order"] == order
    assert answer.context["is_open_hour"] is False


def test_evening_is_not_offered_when_it_is_evening():
    morning, evening = callback_choices(MONDAY), callback_choices(MONDAY + timedelta(hours=8))
    assert [choice.code for choice in morning] == ["hour", "evening", "tomorrow"]
    assert [choice.code for choice in evening] == ["hour", "tomorrow"]
    assert morning[1].at == datetime(2026, 11, 23, 18, 30, tzinfo=CASABLANCA)
    assert callback_at("nonsense", MONDAY) is None


def test_greeting_speaks_the_clients_language_when_the_page_is_in_another(variant):
    order = Order.objects.get(pk=make_order((variant, 2), customer_name="Imane").pk)
    assert "Bonjour Imane" in greeting(order, "fr")
    assert "السلام عليكم Imane" in greeting(order, "ar")
    assert "2 × Théière" in greeting(order, "fr")
    assert "300" in greeting(order, "fr")
