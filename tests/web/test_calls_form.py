"""The form of the calls page: outcomes and changes to the order, as the browser sends them."""

from datetime import datetime

import pytest
from django.urls import reverse

from commanda.confirmation.models import Call, Lease, QueueEntry
from commanda.kernel.clock import CASABLANCA, now, time_is
from commanda.web.calls.callbacks import callback_at
from tests.factories import make_variant
from tests.moments import MONDAY
from tests.web.calls import HTMX, form_of, order_of, state, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def variant(db):
    return make_variant(stock=9, name="Théière", price="150.00")


def test_next_comes_by_itself_when_an_outcome_is_sent(client, agent, variant):
    first = order_of(agent, variant)
    QueueEntry.objects.filter(order=first).update(is_pinned=True)
    second = order_of(agent, variant)
    answer = client.post(url(first), form_of(first, outcome="no_answer", comment="Répondeur"), headers=HTMX)
    assert answer.status_code == 200
    assert second.reference in answer.content.decode()
    assert "<html" not in answer.content.decode()
    assert answer["HX-Push-Url"] == reverse("calls")
    assert "toast" in answer["HX-Trigger"]
    assert Call.objects.get().comment == "Répondeur"
    assert Lease.objects.get().order_id == second.pk


def test_plain_form_leads_to_the_next_when_there_is_no_script(client, agent, variant):
    order = order_of(agent, variant)
    answer = client.post(url(order), form_of(order, outcome="confirmed"))
    assert (answer.status_code, answer["Location"]) == (302, reverse("calls"))
    assert state(order) == "confirmed"


def test_one_call_is_logged_when_the_form_is_sent_twice(client, agent, variant):
    order = order_of(agent, variant)
    data = form_of(order, outcome="confirmed", add_variant=str(variant.pk))
    for _ in range(2):
        assert client.post(url(order), data).status_code == 302
    assert Call.objects.count() == 1
    assert sum(line.quantity for line in order.lines.all()) == 2


def test_second_outcome_is_refused_when_it_comes_with_the_same_token(client, agent, variant):
    order = order_of(agent, variant)
    client.post(url(order), form_of(order, outcome="no_answer"))
    answer = client.post(url(order), form_of(order, outcome="wrong_number"))
    assert answer.status_code == 422
    assert state(order) == "to_confirm"


def test_nothing_is_lost_when_a_confirmation_finds_no_stock(client, agent, variant):
    order = order_of(agent, (variant, 10), address="3, rue Exemple")
    (line,) = order.lines.all()
    data = form_of(order, outcome="confirmed", comment="Très pressé", address="4, rue Exemple")
    data[f"qty_{line.pk}"] = "12"
    answer = client.post(url(order), data, headers=HTMX)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Théière" in str(answer.context["form"].non_field_errors())
    for kept in ("Très pressé", "4, rue Exemple", 'value="12"', data["once"]):
        assert kept in text
    order.refresh_from_db()
    assert (order.address, order.stage, order.lines.get().quantity) == ("3, rue Exemple", "new", 10)
    assert not Call.objects.exists()
    assert client.post(url(order), data | {f"qty_{line.pk}": "2"}).status_code == 302
    assert state(order) == "confirmed"


def test_changes_are_saved_with_the_outcome_when_sent_together(client, agent, variant):
    other = make_variant(stock=4, name="Plateau", price="80.00")
    order = order_of(agent, variant, city_text="")
    (line,) = order.lines.all()
    data = form_of(order, outcome="confirmed", city="casablanca", customer_name="Nora Exemple")
    data |= {f"qty_{line.pk}": "2", "add_variant": str(other.pk), "add_quantity": "3"}
    client.post(url(order), data)
    order.refresh_from_db()
    assert (order.stage, order.customer_name, order.city.slug) == ("confirmed", "Nora Exemple", "casablanca")
    assert [(row.sku, row.quantity, row.is_upsell) for row in order.lines.all()] == [
        (variant.sku, 1, False),
        (variant.sku, 1, True),
        (other.sku, 3, True),
    ]
    assert order.total_amount == 540


def test_same_order_comes_back_when_only_changes_are_saved(client, agent, variant):
    order = order_of(agent, variant)
    answer = client.post(url(order), form_of(order, city="Fes el jadid inconnu"), headers=HTMX)
    order.refresh_from_db()
    assert (order.city_text, order.city_id) == ("Fes el jadid inconnu", None)
    assert answer.status_code == 200
    assert order.reference in answer.content.decode()
    assert form_of(order)["once"] not in answer.content.decode()
    assert not Call.objects.exists()


def test_comment_stays_in_its_field_when_only_changes_are_saved(client, agent, variant):
    order = order_of(agent, variant)
    answer = client.post(url(order), form_of(order, address="Rue 9", comment="Parle arabe", medium="whatsapp"))
    form = answer.context["form"]
    assert (answer.status_code, form["comment"].value(), form["medium"].value()) == (200, "Parle arabe", "whatsapp")
    order.refresh_from_db()
    assert order.address == "Rue 9"


def test_known_city_is_linked_when_it_came_as_text(client, agent, variant):
    order = order_of(agent, variant, city_text="fes")
    assert client.get(url(order)).context["unknown_city"] == ""
    client.post(url(order), form_of(order))
    order.refresh_from_db()
    assert order.city.slug == "fes"


def test_line_is_taken_out_when_its_quantity_is_zero(client, agent, variant):
    order = order_of(agent, variant, make_variant(stock=1))
    first, second = order.lines.all()
    client.post(url(order), form_of(order) | {f"qty_{second.pk}": "0"})
    assert [line.variant_id for line in order.lines.all()] == [first.variant_id]
    answer = client.post(url(order), form_of(order, once="b") | {f"qty_{order.lines.get().pk}": "0"})
    assert answer.status_code == 422
    assert order.lines.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"outcome": "confirmed", "city": ""}, None),
        ({"outcome": "to_supervisor"}, "comment"),
        ({"outcome": "callback"}, "callback_at"),
        ({"outcome": "callback", "callback_at": "2020-01-01T10:00"}, "callback_at"),
        ({"outcome": "callback", "callback_at": "demain"}, "callback_at"),
        ({"phone_e164": "12"}, "phone_e164"),
        ({"outcome": "refused"}, None),
        ({"outcome": "rien"}, None),
    ],
)
def test_form_says_what_to_mend_when_something_is_missing(client, agent, variant, changes, field):
    order = order_of(agent, variant)
    answer = client.post(url(order), form_of(order) | changes)
    assert answer.status_code == 422
    assert answer.context["form"].errors
    if field:
        assert field in answer.context["form"].errors
    assert not Call.objects.exists()


def test_client_is_called_back_at_the_chosen_time_when_a_quick_choice_is_taken(client, agent, variant):
    order = order_of(agent, variant)
    client.post(url(order), form_of(order, outcome="callback:tomorrow"))
    entry = QueueEntry.objects.get()
    assert entry.is_callback
    assert entry.due_at == callback_at("tomorrow", now())


def test_client_is_called_back_when_a_time_is_typed(client, agent, variant):
    with time_is(MONDAY):
        order = order_of(agent, variant)
        client.post(url(order), form_of(order, outcome="callback", callback_at="2026-11-25T16:30"))
    assert QueueEntry.objects.get().due_at == datetime(2026, 11, 25, 16, 30, tzinfo=CASABLANCA)


@pytest.mark.parametrize(
    ("changes", "reason", "text"),
    [
        ({"outcome": "refused:too_expensive"}, "too_expensive", ""),
        ({"outcome": "refused", "reason_text": ["", "Trop loin"]}, None, "Trop loin"),
    ],
)
def test_reason_is_kept_when_the_client_refuses(client, agent, variant, changes, reason, text):
    order = order_of(agent, variant)
    client.post(url(order), form_of(order) | changes)
    assert state(order) == "cancelled"
    assert (order.reason and order.reason.slug, order.reason_text) == (reason, text)


def test_medium_is_whatsapp_when_a_message_was_sent(client, agent, variant):
    order = order_of(agent, variant)
    client.post(url(order), form_of(order, outcome="whatsapp_sent"))
    assert Call.objects.get().medium == "whatsapp"


def test_fields_are_fixed_when_the_role_may_not_edit(client, agent, variant):
    agent.role.permissions = [perm for perm in agent.role.permissions if perm != "orders.edit"]
    agent.role.save()
    order = order_of(agent, variant, address="Rue 3")
    client.post(url(order), form_of(order, address="Ailleurs", outcome="no_answer"))
    order.refresh_from_db()
    assert order.address == "Rue 3"
