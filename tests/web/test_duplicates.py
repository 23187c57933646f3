"""The page of duplicates, and what order pages say about merging and blocking."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commanda.confirmation.services.log_call import log_call
from commanda.customers.services.edit import block_customer
from commanda.intake.models import StagedRow
from commanda.kernel.actor import system_actor
from commanda.orders.models import Order
from commanda.orders.services.merge import merge_orders
from tests.factories import make_order, make_user, make_variant
from tests.intake.helpers import make_source, read, row, sheet

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")
ENGLISH = {"Accept-Language": "en"}
PHONE = "+212661000001"


@pytest.fixture
def tea():
    return make_variant(name="Théière", price="100.00", stock=90)


def make_pair(variant, phone=PHONE, **fields):
    first = make_order(variant, phone_e164=phone, customer_name="Salma", **fields)
    return first, make_order((variant, 2), phone_e164=phone, customer_name="Salma B.")


def pairs(client, **query):
    return client.get(reverse("order_duplicates"), query, headers=ENGLISH).context["pairs"]


def test_pair_is_shown_side_by_side_with_its_differences(client, supervisor, tea):
    first, second = make_pair(tea)
    log_call(actor=supervisor.as_actor(), order_id=first.pk, outcome="no_answer")
    make_order(tea)
    (pair,) = pairs(client)
    assert (pair.first, pair.second, pair.may_merge, pair.is_same_goods) == (first, second, True, False)
    differing = {line.label for line in pair.lines if line.differs}
    assert {"Client", "Products", "Total", "Calls"} <= differing
    assert not {"Phone", "Store", "Agent"} & differing


def test_only_the_pair_of_an_order_is_shown_when_its_banner_leads_here(client, supervisor, tea):
    first, second = make_pair(tea)
    make_pair(tea, "+212661000002")
    text = client.get(reverse("order", args=[second.reference])).content.decode()
    assert f"{reverse('order_duplicates')}?order={second.reference}" in text
    assert [pair.second for pair in pairs(client, order=second.reference)] == [second]
    assert [pair.second for pair in pairs(client, order=first.reference.lower())] == [second]
    assert len(pairs(client)) == 2
    assert pairs(client, order="'; DROP") == []


def test_orders_are_merged_by_the_button_and_say_so(client, supervisor, tea):
    first, second = make_pair(tea)
    sent = {"other": second.reference, f"state-{first.pk}": "new", f"state-{second.pk}": "new", "take_lines": "on"}
    answer = client.post(reverse("order_merge", args=[first.reference]), sent)
    assert answer["Location"] == reverse("order_duplicates")
    first = Order.objects.get(pk=first.pk)
    assert first.lines.get().quantity == 3
    merged = client.get(reverse("order", args=[second.reference]), headers=ENGLISH).content.decode()
    assert "merged into another one" in merged
    assert reverse("order", args=[first.reference]) in merged
    assert (
        "Merged into this order"
        in client.get(reverse("order", args=[first.reference]), headers=ENGLISH).content.decode()
    )
    assert pairs(client) == []
    client.post(reverse("order_part", args=[second.reference]))
    assert Order.objects.get(pk=second.pk).stage == "confirming"


@pytest.mark.parametrize("sent", [{}, {"other": "CM-999999"}, {"other": "self"}])
def test_page_says_why_when_merging_is_not_possible(client, supervisor, tea, sent):
    first, _second = make_pair(tea)
    sent = {"other": first.reference} if sent.get("other") == "self" else sent
    answer = client.post(reverse("order_merge", args=[first.reference]), sent, follow=True)
    assert len(answer.context["messages"]) == 1
    assert len(answer.context["pairs"]) == 1


def test_merging_is_refused_when_the_order_was_moved_since_it_was_looked_at(client, supervisor, tea):
    first, second = make_pair(tea)
    sent = {"other": second.reference, f"state-{second.pk}": "to_confirm"}
    answer = client.post(reverse("order_merge", args=[first.reference]), sent, follow=True, headers=ENGLISH)
    assert "another state" in str(next(iter(answer.context["messages"])))
    assert Order.objects.get(pk=second.pk).merged_into is None


def test_they_stay_two_orders_when_a_person_says_so(client, supervisor, tea):
    _first, second = make_pair(tea)
    client.post(reverse("order_apart", args=[second.reference]))
    assert pairs(client) == []
    assert Order.objects.get(pk=second.pk).possible_duplicate_of is None


def test_pair_can_only_be_told_apart_when_one_has_left_the_house(client, supervisor, tea):
    make_pair(tea, state="shipped")
    (pair,) = pairs(client)
    assert not pair.may_merge
    text = client.get(reverse("order_duplicates")).content.decode()
    assert reverse("order_merge", args=[pair.first.reference]) in text
    assert 'name="other"' not in text


def test_agent_sees_the_warning_without_the_link(client, tea):
    agent = make_user("agent")
    client.force_login(agent)
    _first, second = make_pair(tea)
    Order.objects.filter(pk=second.pk).update(assignee=agent)
    text = client.get(reverse("order", args=[second.reference])).content.decode()
    assert reverse("order_duplicates") not in text
    assert client.get(reverse("order_duplicates")).status_code == 403


def test_blocked_client_is_told_with_the_day_and_the_reason(client, supervisor, tea):
    order = make_order(tea)
    block_customer(actor=SYSTEM, customer_id=order.customer_id, is_blocked=True, reason="Refuse toujours")
    for name, args in (
        ("order", [order.reference]),
        ("call_order", [order.reference]),
        ("customer", [order.customer_id]),
    ):
        text = client.get(reverse(name, args=args), headers=ENGLISH).content.decode()
        assert "Refuse toujours" in text, name
        assert "Since " in text, name


def test_pages_of_duplicates_cost_the_same_when_there_are_many(client, supervisor, tea):
    def fill(first, number):
        for at in range(first, first + number):
            make_pair(tea, f"+2126620000{at:02d}")

    fill(1, 2)
    client.get(reverse("order_duplicates"))
    with CaptureQueriesContext(connection) as few:
        pairs(client)
    fill(10, 15)
    with CaptureQueriesContext(connection) as many:
        assert len(pairs(client)) == 17
    assert len(many) == len(few)


def test_changed_row_of_a_merged_order_shows_in_the_inbox_and_resurrects_nothing(client, tea):
    client.force_login(make_user("admin"))
    source = make_source()
    rows = [row(1, produit="Théière"), row(2, produit="Théière", telephone="0600000001")]
    read(source, sheet(*rows))
    first, second = Order.objects.order_by("pk")
    merge_orders(actor=SYSTEM, keep_id=first.pk, merge_id=second.pk, take_lines=False)
    rows[1] = row(2, produit="Théière", telephone="0600000001", quantite="3")
    _run, outcome = read(source, sheet(*rows))
    assert (outcome.changed_qty, outcome.new_qty) == (1, 0)
    second = Order.objects.get(pk=second.pk)
    assert (second.stage, second.merged_into) == ("cancelled", first)
    staged = StagedRow.objects.get(key="x:A2")
    assert (staged.order, staged.needs_look) == (second, True)
    text = client.get(reverse("intake_inbox"), {"status": "look"}, headers=ENGLISH).content.decode()
    assert f"merged into {first.reference}" in text
