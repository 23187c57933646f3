import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commanda.audit.models import Event
from commanda.confirmation.models import QueueEntry
from commanda.confirmation.services.next_order import lease_order
from commanda.confirmation.services.presence import set_presence
from commanda.confirmation.services.reassign import CHANGED, IN_HAND
from commanda.kernel.clock import now
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def variant(db):
    return make_variant(stock=50)


@pytest.fixture
def salma():
    return make_user("agent", name="Salma Exemple")


@pytest.fixture
def karim():
    return make_user("agent", name="Karim Exemple")


def give(client, to, *orders, every=()):
    data = {"agent": str(getattr(to, "pk", to)), "ids": [order.pk for order in orders], "every": list(every)}
    return client.post(reverse("board_reassign"), data, headers=HTMX)


def owner(order):
    order.refresh_from_db()
    return order.assignee_id


def board_text(client, **query):
    return client.get(reverse("board"), query).content.decode()


def test_board_shows_agents_and_what_waits_when_opened(client, supervisor, variant, salma):
    mine = make_order(variant, assignee_id=salma.pk, customer_name="Imane")
    loose = make_order(variant, customer_name="Hajar")
    late = make_order(variant, assignee_id=salma.pk, customer_name="Omar")
    set_presence(actor=salma.as_actor(), status="online")
    lease_order(actor=salma.as_actor(), order_id=mine.pk)
    QueueEntry.objects.filter(order=late).update(is_callback=True, due_at=now() - timedelta(hours=1))
    text = board_text(client)
    for shown in ("Salma Exemple", mine.reference, loose.reference, "Hajar", "Omar"):
        assert shown in text
    columns = {column.kind.slug: [entry.order_id for entry in column.page] for column in _columns(client)}
    assert columns == {"unassigned": [loose.pk], "stale": [], "overdue": [late.pk]}


def _columns(client, **query):
    return client.get(reverse("board"), query).context["columns"]


def test_orders_change_hands_when_given_from_the_board(client, supervisor, variant, salma, karim):
    orders = [make_order(variant, assignee_id=salma.pk) for _ in range(2)] + [make_order(variant)]
    answer = give(client, karim, *orders)
    assert answer.status_code == 200
    assert "board-changed" in answer["HX-Trigger"]
    assert [owner(order) for order in orders] == [karim.pk] * 3
    assert Event.objects.filter(name="order.assigned", actor=supervisor).count() == 3
    assert "Karim Exemple" in answer.content.decode()


def test_an_order_in_hand_stays_and_says_so_when_others_are_given(client, supervisor, variant, salma, karim):
    held, free = (make_order(variant, assignee_id=salma.pk) for _ in range(2))
    set_presence(actor=salma.as_actor(), status="online")
    lease_order(actor=salma.as_actor(), order_id=held.pk)
    result = give(client, karim, held, free).context["result"]
    assert (owner(held), owner(free)) == (salma.pk, karim.pk)
    assert [(row.reference, row.why) for row in result["kept"]] == [(held.reference, IN_HAND)]


def test_everything_goes_back_when_undone(client, supervisor, variant, salma, karim):
    first, second = make_order(variant, assignee_id=salma.pk), make_order(variant)
    text = give(client, karim, first, second).content.decode()
    moved = re.search(r'name="moved" value="([^"]+)"', text).group(1)
    make_order(variant)
    answer = client.post(reverse("board_undo"), {"moved": moved}, headers=HTMX)
    assert answer.status_code == 200
    assert (owner(first), owner(second)) == (salma.pk, None)


def test_undo_leaves_what_moved_on_when_somebody_was_faster(client, supervisor, variant, salma, karim):
    order, third = make_order(variant, assignee_id=salma.pk), make_user("agent")
    text = give(client, karim, order).content.decode()
    moved = re.search(r'name="moved" value="([^"]+)"', text).group(1)
    give(client, third, order)
    result = client.post(reverse("board_undo"), {"moved": moved}, headers=HTMX).context["result"]
    assert [row.why for row in result["kept"]] == [CHANGED]
    assert owner(order) == third.pk


def test_a_forged_undo_is_refused_when_it_was_not_signed_here(client, supervisor):
    assert client.post(reverse("board_undo"), {"moved": "x:y:z"}, headers=HTMX).status_code == 422


def test_a_whole_column_moves_when_it_is_chosen(client, supervisor, variant, salma, karim):
    orders = [make_order(variant, assignee_id=salma.pk) for _ in range(12)]
    give(client, karim, every=[f"agent-{salma.pk}"])
    assert {owner(order) for order in orders} == {karim.pk}
    give(client, "none", every=[f"agent-{karim.pk}"])
    assert {owner(order) for order in orders} == {None}
    give(client, salma, every=["unassigned"])
    assert {owner(order) for order in orders} == {salma.pk}


def test_the_rules_choose_when_asked_to(client, supervisor, variant, salma, karim):
    set_presence(actor=karim.as_actor(), status="online")
    order = make_order(variant, assignee_id=salma.pk)
    text = give(client, "rules", order).content.decode()
    assert owner(order) == karim.pk
    assert "Karim Exemple" in text


@pytest.mark.parametrize(("agent", "code"), [("", "no_agent"), ("999999", "not_an_agent"), ("²", "no_agent")])
def test_it_says_what_to_do_when_nobody_fit_is_chosen(client, supervisor, variant, agent, code):
    answer = give(client, agent, make_order(variant))
    assert answer.status_code == 422
    assert answer.context["error"].code == code


def test_it_asks_for_orders_when_none_is_chosen(client, supervisor, salma):
    assert give(client, salma).status_code == 422


def test_the_board_still_stands_when_sent_without_scripts(client, supervisor, variant, salma):
    order = make_order(variant)
    answer = client.post(reverse("board_reassign"), {"agent": salma.pk, "ids": order.pk})
    assert 'id="board-work"' in answer.content.decode()
    assert owner(order) == salma.pk


def test_pages_follow_each_other_without_gap_when_a_column_is_long(client, supervisor, variant, salma):
    orders = {make_order(variant, assignee_id=salma.pk).pk for _ in range(60)}
    first = _columns(client, column=f"agent-{salma.pk}")[0].page
    second = _columns(client, column=f"agent-{salma.pk}", after=first.next_cursor)[0].page
    assert len(first) == 50
    assert {entry.order_id for entry in [*first, *second]} == orders


def queries_of(client, **query):
    client.get(reverse("board"), query)
    with CaptureQueriesContext(connection) as captured:
        client.get(reverse("board"), query)
    return len(captured)


def test_queries_are_the_same_for_10_and_100_agents(client, supervisor, variant):
    def grow(number):
        for _ in range(number):
            agent = make_user("agent")
            set_presence(actor=agent.as_actor(), status="online")
            order = make_order(variant, assignee_id=agent.pk)
            QueueEntry.objects.filter(order=order).update(is_callback=True, due_at=now() - timedelta(hours=1))
        make_order(variant)

    grow(10)
    few = queries_of(client)
    grow(90)
    assert queries_of(client) == few
