"""Keys and fingerprints: the same row is found again, two equal rows stay two."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commanda.intake.identity import RowKeys, fingerprint, row_key

ROW: dict[str, Any] = {
    "ordered_at": "01/05/2026 10:00",
    "name": "Amine",
    "phone": "0612345678",
    "product": "Montre Atlas",
    "total_price": "199",
    "note": "",
}


def test_key_is_the_order_number_when_there_is_one() -> None:
    assert row_key({**ROW, "external_id": " CM-1\u200f"}) == "x:CM-1"
    assert row_key({**ROW, "external_id": 1001}) == row_key({"external_id": "1001"}) == "x:1001"
    assert row_key({**ROW, "external_id": "#N/A"}) == row_key(ROW)


@pytest.mark.parametrize(
    "change",
    [
        {"phone": "06-12-34-56-78"},
        {"phone": 612345678},
        {"phone": "+212612345678"},
        {"ordered_at": "2026-05-01 10:00:00"},
        {"ordered_at": Decimal("46143.4166666667")},
        {"ordered_at": dt.datetime.fromisoformat("2026-05-01T10:00")},
        {"total_price": 199},
        {"total_price": "199,00 DH"},
        {"product": "MONTRE  atlas"},
        {"note": "rappeler", "city": "Rabat", "status": "Confirmé"},
        {"name": "Amine Tahiri"},
    ],
)
def test_key_stays_when_the_same_row_is_written_differently(change: dict[str, Any]) -> None:
    assert row_key({**ROW, **change}) == row_key(ROW)


@pytest.mark.parametrize(
    "change",
    [
        {"phone": "0612345679"},
        {"phone": "#ERROR!"},
        {"ordered_at": "01/05/2026 10:01"},
        {"ordered_at": ""},
        {"total_price": "299"},
        {"product": "Sac"},
        {"quantity": "2"},
    ],
)
def test_key_differs_when_the_order_does(change: dict[str, Any]) -> None:
    assert row_key({**ROW, **change}) != row_key(ROW)


def test_name_tells_rows_apart_when_phones_are_unreadable() -> None:
    first, second = {**ROW, "phone": "#ERROR!"}, {**ROW, "phone": "#ERROR!", "name": "Sara"}
    assert row_key(first) != row_key(second)


def test_key_stays_when_a_date_comes_into_range() -> None:
    ahead = dt.datetime.now(dt.UTC) + dt.timedelta(days=9)
    text = ahead.strftime("%d/%m/%Y %H:%M")
    moved = {**ROW, "ordered_at": text}
    assert row_key(moved) == row_key({**ROW, "ordered_at": ahead.strftime("%Y-%m-%d %H:%M")})


def test_equal_rows_get_different_keys_when_in_one_reading() -> None:
    keys = RowKeys()
    first, second, other = keys.key(ROW), keys.key(dict(ROW)), keys.key({"external_id": "1"})
    assert second == f"{first}#2"
    assert other == "x:1"
    again = RowKeys()
    assert [again.key({"external_id": "1"}), again.key(ROW), again.key(ROW)] == [other, first, second]


@given(st.text(min_size=1))
def test_key_fits_the_column_when_order_number_is_any(identifier: str) -> None:
    assert 2 < len(row_key({"external_id": identifier})) <= 70


def test_fingerprint_changes_when_any_cell_does() -> None:
    assert fingerprint({**ROW, "note": "x"}) != fingerprint(ROW)
    assert fingerprint({**ROW, "total_price": "200"}) != fingerprint(ROW)


def test_fingerprint_stays_when_only_order_of_fields_or_blanks_differ() -> None:
    assert fingerprint(dict(reversed(ROW.items()))) == fingerprint(ROW)
    assert fingerprint({**ROW, "city": "", "address": None}) == fingerprint(ROW)
    assert fingerprint({**ROW, "total_price": 199}) == fingerprint({**ROW, "total_price": 199.0}) == fingerprint(ROW)


def test_fingerprint_is_the_known_one_when_computed_again() -> None:
    # A change of this value would make every row of every source look changed.
    assert fingerprint({"phone": "0612345678", "name": "Amine"}) == "74e692f06b4abc7ce99f5582c4612cfd497a045e"
