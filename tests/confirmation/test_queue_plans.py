"""The queue does not get slower with history: what waits is found without reading what is long decided."""

import json
from datetime import timedelta

import pytest
from django.db import connection

from commanda.confirmation.models import CallPolicy, QueueEntry
from commanda.confirmation.selectors import call_policy, due_when, openings, own_entries, pool, ranked
from commanda.kernel.clock import now
from commanda.orders.models import Order, State
from tests.factories import make_actor, make_order, make_variant

pytestmark = pytest.mark.django_db
AGENTS, HISTORY, WAITING = 30, 30_000, 600


@pytest.fixture
def actor():
    """One of thirty agents who share 30,000 decided orders and 600 that wait; a third of these nobody has."""
    actors = [make_actor("agent") for _ in range(AGENTS)]
    agent_ids = [actor.user_id for actor in actors]
    order = make_order(make_variant())
    state = State.objects.get(slug="delivered")
    columns = [field.column for field in Order._meta.concrete_fields]
    changed = {
        "id": "%(order)s + number",
        "reference": "'XX-' || number",
        "assignee_id": "(%(agents)s::bigint[])[1 + number %% 30]",
        "state_id": "CASE WHEN number > %(history)s THEN state_id ELSE %(state)s END",
        "stage": "CASE WHEN number > %(history)s THEN stage ELSE 'delivered' END",
        "phone_e164": "'+2126' || lpad(number::text, 8, '0')",
    }
    changed["assignee_id"] = (
        f"CASE WHEN number > %(history)s AND number %% 3 = 0 THEN NULL ELSE {changed['assignee_id']} END"
    )
    values = ", ".join(changed.get(column, column) for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO orders_order ({', '.join(columns)}) SELECT {values} FROM orders_order, "
            "generate_series(1, %(all)s) AS number WHERE id = %(order)s",
            {
                "order": order.pk,
                "agents": agent_ids,
                "history": HISTORY,
                "state": state.pk,
                "all": HISTORY + WAITING,
            },
        )
    waiting = Order.objects.filter(stage="new", pk__gt=order.pk).values_list("pk", flat=True)
    at = now() - timedelta(minutes=1)
    QueueEntry.objects.bulk_create(QueueEntry(order_id=pk, due_at=at) for pk in waiting)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE orders_order, confirmation_queueentry")
    return actors[7]


def read(rows):
    """Rows that the plan took out of the orders' table, those thrown away included."""
    plan = json.loads(rows.explain(format="json", analyze=True))[0]["Plan"]
    nodes, found = [plan], 0
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        if node.get("Relation Name") == "orders_order":
            assert node["Node Type"] != "Seq Scan", plan
            thrown = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
            found += (node["Actual Rows"] + thrown) * node["Actual Loops"]
    return found


@pytest.mark.parametrize("holds", [False, True])
def test_queue_is_ranked_without_reading_orders(actor, holds):
    CallPolicy.objects.update(holds_outside_hours=holds, closed_weekdays=list(range(6)))
    at, policy = now(), call_policy()
    own, opens = own_entries(actor), openings(policy, at)
    for rows in (due_when(own, at, opens)[:1], ranked(own, at, policy), due_when(pool(), at, opens)[:1]):
        assert read(rows) == 0  # the entries know all that the ranking asks
