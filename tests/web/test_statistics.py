import csv
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commanda.insights.behaviour import Cycle, behaviour, cycles
from commanda.insights.books import check_books
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import time_is
from commanda.orders.models import Order, StateEntry
from commanda.orders.services.assign import assign_orders
from commanda.orders.services.counts import fold_counts
from commanda.orders.services.transition import take_back, transition_order, transition_orders
from commanda.orders.workflow import current_graph
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")
FRIDAY = datetime(2026, 11, 27, 11, tzinfo=UTC)


def days_ago(number):
    return time_is(FRIDAY - timedelta(days=number))


@pytest.fixture
def history(client):
    """Orders of the last forty days, some the agent's, some that came into a state twice."""
    agent, variant = make_user("agent"), make_variant(stock=500, price="100.00")
    for back in (40, 33, 8, 7, 2, 1, 0):
        with days_ago(back):
            ids = [make_order((variant, 1 + back % 3)).pk for _ in range(3)]
            assign_orders(actor=SYSTEM, order_ids=ids[:2], agent_id=agent.pk)
            transition_orders(actor=SYSTEM, order_ids=ids[:2], to="to_confirm")
            transition_orders(actor=SYSTEM, order_ids=ids[1:2], to="confirmed")
        with days_ago(max(back - 1, 0)):
            transition_orders(actor=SYSTEM, order_ids=ids[1:2], to="to_confirm")
            transition_orders(actor=SYSTEM, order_ids=ids[:1], to="cancelled", reason_text="essai")
    return agent


def shown(client, **query):
    with time_is(FRIDAY):
        return client.get(reverse("orders_statistics"), query)


def drilled(client, url):
    """How many orders the figure's own link finds."""
    with time_is(FRIDAY):
        return client.get(url).context["total"]


@pytest.mark.parametrize("role", ["supervisor", "agent"])
@pytest.mark.parametrize("cycle", list(Cycle))
def test_every_figure_opens_as_many_orders_as_it_says(client, history, role, cycle):
    client.force_login(history if role == "agent" else make_user(role))
    rows = shown(client, cycle=cycle.value).context["rows"]
    figures = [(row["now"].qty, row["url"]) for row in rows]
    figures += [(cell["figure"].qty, cell["url"]) for row in rows for cell in row["cells"]]
    some = [figure for figure in figures if figure[0]] + [figure for figure in figures if not figure[0]][:3]
    assert len(some) > 8
    assert [(drilled(client, url), url) for _number, url in some] == some


def test_worth_is_the_orders_total_when_it_is_counted(client, history):
    with time_is(FRIDAY):
        found = behaviour(SYSTEM, Cycle.MONTH, 3)
    for row in found.rows:
        totals = Order.objects.filter(state=row.state).values_list("total_amount", flat=True)
        assert row.now.amount == sum(totals, Decimal(0))
        entries = StateEntry.objects.filter(state=row.state).values_list("amount", flat=True)
        assert sum(figure.amount for figure in row.entered) == sum(entries, Decimal(0))
    assert float(sum(row.share for row in found.rows)) == pytest.approx(1)
    assert found.total.qty == Order.objects.count()


def test_an_order_counts_once_when_it_comes_into_a_state_again(variant):
    with days_ago(3):
        order = make_order(variant)
        transition_order(actor=SYSTEM, order_id=order.pk, to="to_confirm")
    with days_ago(1):
        transition_order(actor=SYSTEM, order_id=order.pk, to="confirmed")
        transition_order(actor=SYSTEM, order_id=order.pk, to="to_confirm")
    with time_is(FRIDAY):
        rows = {row.state.slug: [figure.qty for figure in row.entered] for row in behaviour(SYSTEM, Cycle.DAY, 3).rows}
    assert rows["to_confirm"] == [0, 0, 0, 1]
    assert rows["confirmed"] == [0, 1, 0, 0]


def test_a_day_that_began_is_compared_with_the_last_one_by_the_same_moment(variant):
    with days_ago(1):
        make_order(variant)
    with time_is(FRIDAY - timedelta(hours=22)):  # yesterday, two hours later in the day
        make_order(variant)
    with time_is(FRIDAY - timedelta(minutes=1)):
        for _ in range(3):
            make_order(variant)
    with time_is(FRIDAY + timedelta(minutes=1)):
        row = next(row for row in behaviour(SYSTEM, Cycle.DAY, 2).rows if row.state.slug == "new")
    assert [figure.qty for figure in row.entered] == [3, 2, 0]
    assert row.by_now == (3, 1, 0)
    assert (row.change(), row.change(2), row.change(9)) == (2, None, None)


@pytest.fixture
def variant(db):
    return make_variant(stock=20)


def test_what_was_undone_counts_nowhere_when_it_is_taken_back_at_once(variant):
    order = make_order(variant, state="to_confirm")
    before = list(StateEntry.objects.filter(order=order).values_list("state__slug", flat=True))
    transition_order(actor=SYSTEM, order_id=order.pk, to="confirmed")
    order.refresh_from_db()
    take_back(actor=SYSTEM, order=order, to=current_graph().by_slug["to_confirm"], facts={"confirmed_at": None})
    assert list(StateEntry.objects.filter(order=order).values_list("state__slug", flat=True)) == before


def test_counters_know_what_orders_are_worth_when_totals_change_and_they_are_folded(variant):
    orders = [make_order(variant) for _ in range(3)]
    transition_order(actor=SYSTEM, order_id=orders[0].pk, to="confirmed")
    Order.objects.filter(pk=orders[1].pk).update(total_amount=Decimal("12.50"))
    fold_counts()
    assert [book.name for book in check_books() if not book.is_balanced and book.name == "orders.counters"] == []
    Order.objects.filter(pk=orders[2].pk).delete()
    assert [
        book.name
        for book in check_books()
        if book.name in {"orders.counters", "orders.entries"}
        if not book.is_balanced
    ] == []


@pytest.mark.parametrize(
    ("cycle", "spans"),
    [
        (Cycle.DAY, [("2026-11-27", "2026-11-27"), ("2026-11-26", "2026-11-26")]),
        (Cycle.WEEK, [("2026-11-23", "2026-11-29"), ("2026-11-16", "2026-11-22")]),
        (Cycle.MONTH, [("2026-11-01", "2026-11-30"), ("2026-10-01", "2026-10-31")]),
    ],
)
def test_cycles_follow_each_other_without_gap_when_asked_for(cycle, spans):
    with time_is(FRIDAY):
        found = cycles(cycle, 1)
    assert [(span.first.isoformat(), span.last.isoformat()) for span in found] == spans


def test_the_file_says_what_the_page_says_when_it_is_kept(client, history):
    client.force_login(make_user("admin"))
    rows = shown(client, cycle="week").context["rows"]
    text = shown(client, cycle="week", format="csv").getvalue().decode("utf-8-sig")
    table = list(csv.reader(StringIO(text)))[1:]
    assert [(line[1], line[4]) for line in table] == [
        (str(row["now"].qty), str(row["cells"][0]["figure"].qty)) for row in rows
    ]
    assert shown(client, format="xlsx").status_code == 200
    assert shown(client, format="pdf").status_code == 422


@pytest.mark.parametrize("query", [{"cycle": "year"}, {"back": "-1"}, {"back": "x"}, {"back": "99999"}, {"back": "²"}])
def test_the_page_stands_when_the_address_is_nonsense(client, query):
    client.force_login(make_user("supervisor"))
    answer = shown(client, **query)
    assert answer.status_code == 200
    assert re.search(r"<table", answer.content.decode())


def test_no_statement_reads_all_orders_when_the_page_is_asked(client, history):
    client.force_login(make_user("supervisor"))
    shown(client)
    with CaptureQueriesContext(connection) as captured:
        shown(client)
    texts = [query["sql"] or "" for query in captured]
    assert not [text for text in texts if text.partition(" FROM ")[2].startswith('"orders_order"')]
