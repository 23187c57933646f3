"""From the tables of a release before, with a shop's data in them, to those of now: nothing lost, the books right.

The state of before is made by taking the migrations back, which is also what a failed upgrade does: the rows are then
in the tables as they were, and what the newer columns held is gone. Forward again runs what an upgrade runs, on rows.
"""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from commanda.insights.books import check_books, check_kept_sums
from commanda.insights.services.keep import keep_sums
from tests.factories import make_order, make_variant

# The oldest state to which each app can be taken back, and from which an upgrade is therefore shown.
BEFORE: dict[str, str] = {
    "ads": "0001",
    "intake": "0004",
    "finance": "0003",
    "confirmation": "0005",
    "orders": "0014",
    "stock": "0003",
    "insights": "0002",
}
KEPT = {
    "orders_order": "id, reference, state_id, customer_id, phone_e164, address, total_amount",
    "orders_orderline": "id, order_id, variant_id, quantity",
    "stock_stockmovement": "id, variant_id, kind, on_hand_qty, reserved_qty, in_transit_qty, order_id",
    "stock_stocklevel": "*",
    "customers_customer": "id, phone_e164, name",
    "audit_event": "id, name, subject_id, changes",
}


def rows(table: str, columns: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {table} ORDER BY 1")
        return cursor.fetchall()


@pytest.mark.django_db(transaction=True)
def test_an_upgrade_keeps_every_row_and_the_books_are_right() -> None:
    for state in ("new", "confirmed", "shipped", "delivered", "returned", "cancelled"):
        for _ in range(3):
            make_order((make_variant(stock=20), 2), state=state)
    before = {table: rows(table, columns) for table, columns in KEPT.items()}
    taken_back = _applied()
    for app, name in BEFORE.items():
        call_command("migrate", app, name, verbosity=0)
    taken_back -= _applied()
    assert len(taken_back) >= len(BEFORE)
    call_command("migrate", verbosity=0)
    assert not MigrationExecutor(connection).migration_plan(MigrationExecutor(connection).loader.graph.leaf_nodes())
    assert {table: rows(table, columns) for table, columns in KEPT.items()} == before
    while keep_sums():
        pass
    for book in [*check_books(), check_kept_sums()]:
        assert book.is_balanced, (book.name, book.differences)


def _applied() -> set[tuple[str, str]]:
    return set(MigrationExecutor(connection).loader.applied_migrations)
