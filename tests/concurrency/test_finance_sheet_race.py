"""The same file of expenses or costs is imported by two people at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from commanda.finance.cost_sheet import parse_costs, plan_costs
from commanda.finance.expense_sheet import parse_expenses, plan_expenses
from commanda.finance.models import Expense, ProductCost
from commanda.finance.services import sheets
from commanda.kernel.errors import CommandaError
from tests.factories import make_actor, make_variant

pytestmark = pytest.mark.django_db(transaction=True)
EXPENSES = [["Date", "Kind", "Amount"], ["05/01/2026", "rent", "1500"], ["06/01/2026", "packaging", "12,50"]]
COSTS = [["SKU", "Purchase"], ["A-1", "10"], ["B-1", "20"]]
PEOPLE = 3


def at_once(apply, actor, kind, rows, digest):
    """Each with a file and a connection of their own; how many rows each imported, or the error."""
    ids = [sheets.store_sheet(actor=actor, kind=kind, name="x", content=b"x").pk for _n in range(PEOPLE)]
    start = Barrier(PEOPLE)

    def run(sheet_id):
        try:
            start.wait(timeout=20)
            return apply(actor=actor, sheet_id=sheet_id, rows=rows, digest=digest)
        except CommandaError as error:
            return error.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(PEOPLE) as pool:
        return sorted(map(str, pool.map(run, ids)))


def import_expenses():
    actor = make_actor()
    digest = plan_expenses(actor, parse_expenses(EXPENSES)).digest
    return at_once(sheets.apply_expenses, actor, "expenses", EXPENSES, digest)


def test_expenses_are_written_once_when_three_bring_the_same_file_at_once():
    assert import_expenses() == ["0", "0", "2"]
    assert Expense.objects.count() == 2


def test_expenses_are_written_again_when_nobody_holds_them(monkeypatch):
    """The guard above guards something: without it each sees nothing there yet."""
    seen = Barrier(PEOPLE)
    monkeypatch.setattr(sheets, "hold_expenses", lambda: None)
    monkeypatch.setattr(sheets, "_refuse_wrong", lambda _count: seen.wait(timeout=20))
    assert import_expenses() == ["2", "2", "2"]
    assert Expense.objects.count() == 6


def test_costs_are_set_once_when_three_bring_the_same_file_at_once():
    actor = make_actor()
    make_variant(sku="A-1")
    make_variant(sku="B-1")
    digest = plan_costs(actor, parse_costs(COSTS)).digest
    assert at_once(sheets.apply_costs, actor, "costs", COSTS, digest) == ["0", "0", "2"]
    assert ProductCost.objects.count() == 2
