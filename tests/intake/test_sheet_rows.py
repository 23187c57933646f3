"""Rows of a connected sheet that are corrected, leave it and come back: known again by what they say."""

import pytest

from commanda.intake.headers import guess_mapping
from commanda.intake.models import Source, StagedRow
from commanda.intake.selectors import source_list
from commanda.intake.services.connect import open_reader
from commanda.intake.services.read_source import choose_mapping, first_rows
from commanda.intake.services.set_mapping import set_mapping
from commanda.orders.models import Order
from tests.intake.connected import SYSTEM, change, confirm, numbers, poll
from tests.intake.helpers import HEADER, row, sheet

pytestmark = pytest.mark.django_db


def test_rows_are_known_again_when_the_mapping_changes(google, source):
    change(google, [list(HEADER[1:]), row(1)[1:], row(2)[1:], row(3, telephone="x")[1:]])
    Source.objects.update(mapping=None)
    source.refresh_from_db()
    confirm(source)
    assert numbers(poll(source)) == (2, 0, 0, 1)
    mapping = choose_mapping(source, [])
    columns = {name: column for name, column in mapping.columns.items() if name not in {"quantity", "note"}}
    set_mapping(actor=SYSTEM, source_id=source.pk, mapping=mapping.with_settings(columns=columns))
    assert numbers(poll(source, is_forced=True)) == (0, 0, 2, 1)
    set_mapping(actor=SYSTEM, source_id=source.pk, mapping=mapping)
    assert numbers(poll(source, is_forced=True)) == (0, 0, 2, 1)
    assert Order.objects.count() == 2


def test_row_leaves_the_inbox_when_it_leaves_the_sheet_and_comes_back_with_it(google, source):
    change(google, sheet(row(1), row(2, telephone="x")))
    poll(source)
    assert source_list(SYSTEM)[0].waiting_qty == 1
    change(google, sheet(row(1)))
    poll(source)
    assert source_list(SYSTEM)[0].waiting_qty == 0
    assert StagedRow.objects.get(key="x:A2").status == "gone"
    change(google, sheet(row(1), row(2, telephone="x")))
    poll(source)
    assert source_list(SYSTEM)[0].waiting_qty == 1
    change(google, sheet(row(1)))
    poll(source)
    change(google, sheet(row(1), row(2)))
    assert numbers(poll(source)) == (1, 0, 1, 0)


def without_numbers(*rows):
    return [list(HEADER[1:]), *(each[1:] for each in rows)]


@pytest.fixture
def unnumbered(google, source):
    """A sheet without order numbers, read once."""
    change(google, without_numbers(row(1), row(2), row(3, telephone="x")))
    Source.objects.update(mapping=None)
    source.refresh_from_db()
    confirm(source)
    assert numbers(poll(source)) == (2, 0, 0, 1)
    return source


@pytest.mark.parametrize(
    ("cells", "field", "value"),
    [
        ({"telephone": "0655443322"}, "phone_e164", "+212655443322"),
        ({"prix": "150"}, "total_amount", 150),
        ({"nom": "Autre nom"}, "customer_name", "Autre nom"),
    ],
)
def test_order_follows_when_one_cell_is_corrected_in_a_sheet_without_numbers(google, unnumbered, cells, field, value):
    change(google, without_numbers(row(9), row(1, **cells), row(2)))
    assert numbers(poll(unnumbered)) == (1, 1, 1, 0)
    assert Order.objects.count() == 3
    assert getattr(Order.objects.get(address="1 rue des Essais"), field) == value
    assert poll(unnumbered, is_forced=True).unchanged_qty == 3


def test_waiting_row_becomes_an_order_when_its_phone_is_corrected_in_the_sheet(google, unnumbered):
    change(google, without_numbers(row(1), row(2), row(3)))
    assert numbers(poll(unnumbered)) == (1, 0, 2, 0)
    assert StagedRow.objects.count() == Order.objects.count() == 3
    assert source_list(SYSTEM)[0].waiting_qty == 0


@pytest.mark.parametrize("cells", [{"date": "13/10/2026 10:00"}, {"telephone": "0655443322", "nom": "Autre"}])
def test_another_order_is_made_when_the_row_is_another_one(google, unnumbered, cells):
    change(google, without_numbers(row(2), row(1, **cells)))
    assert numbers(poll(unnumbered)) == (1, 0, 1, 0)
    assert Order.objects.count() == 3


def test_rows_are_known_again_when_a_column_was_renamed_and_mapped_anew(google, unnumbered):
    header = ["GSM" if name == "Téléphone" else name for name in HEADER[1:]]
    change(google, [header, row(1)[1:], row(2)[1:], row(3, telephone="x")[1:]])
    poll(unnumbered)
    assert unnumbered.error_code == "columns_missing"
    head = first_rows(open_reader(unnumbered))
    set_mapping(actor=SYSTEM, source_id=unnumbered.pk, mapping=guess_mapping(head))
    assert numbers(poll(unnumbered, is_forced=True)) == (0, 0, 2, 1)
    assert Order.objects.count() == 2
