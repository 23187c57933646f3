"""Whatever text, cell or JSON reaches what reads people's input: it is understood, or refused in words."""

import datetime as dt
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from commanda.customers.city_names import CityIndex
from commanda.finance.cost_sheet import COLUMNS as COST_COLUMNS
from commanda.finance.cost_sheet import parse_costs
from commanda.finance.expense_sheet import COLUMNS as EXPENSE_COLUMNS
from commanda.finance.expense_sheet import parse_expenses
from commanda.intake.deliveries import read_delivery
from commanda.intake.headers import guess_mapping
from commanda.intake.mapping import Mapping
from commanda.intake.mapping_file import read_mapping, write_mapping
from commanda.intake.readers.google_client import ServiceAccount
from commanda.intake.readers.sheets_link import SheetLink
from commanda.intake.sent_names import guess_sent
from commanda.kernel.clock import read_day
from commanda.kernel.errors import CommandaError
from commanda.orders.utm import UTM_NAMES, clean_utm
from commanda.shipping.tracking import normal_number, read_assignments, split_numbers

QUIET = hypothesis_settings(max_examples=300, deadline=None, derandomize=True, database=None)
# What people paste, and what breaks: digits of all scripts, marks that turn the direction, NUL, very long words.
ODD = st.sampled_from(
    ["", " ", "\x00", "٠٦١٢", "۱۲۳", "\u202e06", "1e309", "-0", "NaN", "∞", "²", "½", "=1+1", "31/02/2026", "9" * 400]
)  # fmt: skip
TEXT = st.text(max_size=80) | ODD
CELL = TEXT | st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.datetimes() | st.dates()
ROWS = st.lists(st.lists(CELL, max_size=8), max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
CITIES = CityIndex([("Casablanca", 1), ("الدار البيضاء", 1), ("Fès", 2), ("Sidi Slimane", 3), ("Sidi Kacem", 4)])


def understood(read, given_):
    """Whether it was; a refusal must say what is wrong."""
    refused = None
    try:
        read(given_)
    except CommandaError as error:
        refused = error
    assert refused is None or str(refused).strip()
    return refused is None


@pytest.mark.parametrize(
    "read",
    [
        normal_number,
        split_numbers,
        read_assignments,
        read_mapping,
        read_delivery,
        read_day,
        SheetLink.parse,
        ServiceAccount.from_key_file,
        CITIES.match,
        CITIES.suggest,
        CITIES.find_in_address,
    ],
)
@QUIET
@given(text=st.text(max_size=400) | ODD | st.lists(ODD).map(" ".join))
def test_any_text(read, text):
    understood(read, text)


@pytest.mark.parametrize("read", [read_mapping, read_delivery])
@QUIET
@given(data=st.binary(max_size=300) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes(read, data):
    understood(read, data)


MAPPING = json.loads(write_mapping(guess_mapping([["Nom", "Téléphone", "Ville", "Produit", "Prix"]])))


@QUIET
@given(place=st.sampled_from(sorted(MAPPING)), value=JSON)
def test_any_part_of_a_mapping_file(place, value):
    understood(read_mapping, json.dumps(MAPPING | {place: value}))


@QUIET
@given(rows=ROWS)
def test_any_cells_to_the_guess_of_columns(rows):
    assert isinstance(guess_mapping(rows), Mapping)
    assert isinstance(guess_sent(rows), Mapping)


@pytest.mark.parametrize(("read", "columns"), [(parse_costs, COST_COLUMNS), (parse_expenses, EXPENSE_COLUMNS)])
@QUIET
@given(rows=st.lists(st.lists(CELL, min_size=5, max_size=8), min_size=1, max_size=4))
def test_any_cells_under_the_right_columns(read, columns, rows):
    understood(read, [[str(column.label) for column in columns], *rows])


@QUIET
@given(marks=st.dictionaries(st.sampled_from(UTM_NAMES), TEXT))
def test_any_marks_of_a_link(marks):
    kept = clean_utm(marks)
    assert kept is None or all(kept.values())


def test_what_is_right_is_understood():
    """Or the tests above would pass where nothing is."""
    today = dt.date(2026, 11, 27)
    costs = parse_costs([[str(column.label) for column in COST_COLUMNS], ["A-1", "12,50", "3", today.isoformat()]])
    assert [line.problems for line in costs] == [()]
    assert costs[0].cost.purchase_amount == Decimal("12.50")
    assert normal_number(" ab-12 ") == "AB-12"
    assert CITIES.match("casablanca") == CITIES.match("الدار البيضاء") == 1
    assert understood(read_mapping, json.dumps(MAPPING))
    assert understood(read_delivery, b'[{"name": "Zineb", "phone": "0612345678"}]')
