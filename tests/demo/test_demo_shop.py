"""The demo shop is made through the services, and its messy sheet is what the importer is made for."""

from collections import Counter

import pytest

from commanda.finance.models import CommissionEntry
from commanda.insights.books import check_books
from commanda.intake.models import Source, StagedRow
from commanda.intake.readers.google_client import ServiceAccount
from commanda.intake.readers.sheets_api import SheetsApiReader
from commanda.kernel.clock import today
from commanda.orders.models import Order
from demo.load import load_demo
from demo.sheet import HEADER, ROWS, make_sheet
from tests.fakes.google import make_key_file, running

EMPTY_CITIES, DASHED, ERRORS = 457 / 573, 543 / 573, 2


def test_the_sheet_is_the_same_twice_and_as_dirty_as_a_real_one():
    rows = [row.cells for row in make_sheet(today())]
    assert rows == [row.cells for row in make_sheet(today())]
    assert len(rows) == ROWS
    city, phone = HEADER.index("Ville"), HEADER.index("Téléphone")
    assert abs(sum(not row[city] for row in rows) / ROWS - EMPTY_CITIES) < 0.05
    assert abs(sum(row[phone].count("-") == 4 for row in rows) / ROWS - DASHED) < 0.05
    assert sum(row[phone] == "#ERROR!" for row in rows) == ERRORS
    repeated = Counter(row[phone] for row in rows)
    assert 0.04 < sum(number - 1 for number in repeated.values()) / ROWS < 0.16


def test_the_sheet_is_read_through_googles_own_client_when_the_fake_serves_it():
    rows = [HEADER, *(row.cells for row in make_sheet(today(), rows=50))]
    with running() as google:
        google.add("demo-sheet", rows)
        account = ServiceAccount.from_key_file(make_key_file(google), api_base=google.base)
        read = list(SheetsApiReader(account, "demo-sheet", api_base=google.base).rows())
    assert len(read) == len(rows)
    assert [str(cell) for cell in read[7]] == rows[7]


@pytest.mark.django_db
def test_books_balance_when_the_demo_shop_has_lived_for_some_days(tmp_path, settings):
    settings.DATA_DIR = settings.MEDIA_ROOT = tmp_path
    load_demo(days=7, rows=45)
    stages = set(Order.objects.values_list("stage", flat=True))
    assert "delivered" in stages
    assert CommissionEntry.objects.exists()
    assert Source.objects.count() == 1
    assert StagedRow.objects.filter(status="imported").count() >= 25
    assert [book.name for book in check_books() if not book.is_balanced] == []
    load_demo(days=7, rows=45)  # a second call finds the shop and leaves it alone
    assert Source.objects.count() == 1
