"""History cannot be rewritten: the database itself refuses, for every table that says so."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

import commanda
from commanda.finance.models import CommissionEntry, CommissionPlan
from commanda.finance.services.expenses import add_expense
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import now, today
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db
ROOT = Path(commanda.__file__).parent
# table: a column that anybody might want to change
TABLES = {
    "audit_event": "reason",
    "stock_stockmovement": "note",
    "finance_commissionentry": "made_at",
    "finance_expenseshare": "ratio",
}


@pytest.fixture
def rows(db):
    """At least one row in each table."""
    order = make_order(make_variant(stock=5), state="confirmed")
    plan = CommissionPlan.objects.create(name="Plan", delivered_amount=10, valid_from_on=today())
    CommissionEntry.objects.create(order=order, agent=make_user("agent"), plan=plan, amount=10, made_at=now())
    products = [make_variant().product_id for _n in range(2)]
    add_expense(
        actor=system_actor("test"),
        kind="rent",
        amount=Decimal(9),
        spent_on=today(),
        shares=dict.fromkeys(products, Decimal("0.5")),
    )
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in TABLES:
        assert execute(f"SELECT count(*) FROM {table}"), table


def execute(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0] if cursor.description else cursor.rowcount


def statements(table):
    return [
        f"UPDATE {table} SET {TABLES[table]} = {TABLES[table]}",
        f"DELETE FROM {table}",
        f"TRUNCATE {table} CASCADE",
    ]


def test_every_append_only_table_is_tried_here():
    declared = set()
    for path in ROOT.glob("*/migrations/0*.py"):
        declared.update(re.findall(r"append_only\(\"(\w+)\"\)", path.read_text()))
    assert declared == set(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_database_refuses_when_history_is_rewritten(rows, table):
    for statement in statements(table):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            execute(statement)


@pytest.mark.parametrize("table", TABLES)
def test_only_the_trigger_stands_in_the_way(rows, table):
    """The test above can fail: without the triggers the same statements change rows."""
    execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only")
    assert execute(statements(table)[0]) > 0
    assert execute(statements(table)[1]) > 0
