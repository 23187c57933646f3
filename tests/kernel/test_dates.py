import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commanda.kernel.dates import CASABLANCA, DateProblem, parse_instant

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
# Wall-clock times, as sheets hold them.
EPOCH, START, END = map(dt.datetime.fromisoformat, ("1899-12-30", "2011-01-01", "2026-05-30"))


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> dt.datetime:
    return dt.datetime(year, month, day, hour, minute, tzinfo=CASABLANCA).astimezone(dt.UTC)


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        ("2026-05-01 09:59:00 +0200", dt.datetime(2026, 5, 1, 7, 59, tzinfo=dt.UTC)),
        ("2026-05-01T09:59:00Z", dt.datetime(2026, 5, 1, 9, 59, tzinfo=dt.UTC)),
        ("2026-05-01T09:59:00.123+01:00", dt.datetime(2026, 5, 1, 8, 59, tzinfo=dt.UTC)),
        ("2026-05-01 09:59:00", local(2026, 5, 1, 9, 59)),
        ("2026-05-01", local(2026, 5, 1)),
        ("01/05/2026 09:59", local(2026, 5, 1, 9, 59)),
        ("1/5/2026", local(2026, 5, 1)),
        ("01-05-26", local(2026, 5, 1)),
        ("01.05.2026 9h", local(2026, 5, 1, 9)),
        ("01/05/2026 14h30", local(2026, 5, 1, 14, 30)),
        ("01/05/2026 à 14:30", local(2026, 5, 1, 14, 30)),
        ("01/05/2026, 02:30 PM", local(2026, 5, 1, 14, 30)),
        ("01/05/2026 12:05 am", local(2026, 5, 1, 0, 5)),
        ("٠١/٠٥/٢٠٢٦", local(2026, 5, 1)),
        ("\u200f1 ماي 2026", local(2026, 5, 1)),
        ("1er mai 2026", local(2026, 5, 1)),
        ("vendredi, 1 mai 2026 10:00", local(2026, 5, 1, 10)),
        ("15 août 2025", local(2025, 8, 15)),
        ("May 1, 2026", local(2026, 5, 1)),
        ("20260501", local(2026, 5, 1)),
        (46143, local(2026, 5, 1)),
        (Decimal("46143.5"), local(2026, 5, 1, 12)),
        (Decimal("46143.4159722222"), local(2026, 5, 1, 9, 59)),
        ("46143.5", local(2026, 5, 1, 12)),
        (46143.5, local(2026, 5, 1, 12)),
        (1777622340, dt.datetime(2026, 5, 1, 7, 59, tzinfo=dt.UTC)),
        ("1777622340000", dt.datetime(2026, 5, 1, 7, 59, tzinfo=dt.UTC)),
        (dt.datetime.fromisoformat("2026-05-01T09:59"), local(2026, 5, 1, 9, 59)),
        (dt.datetime(2026, 5, 1, 9, 59, tzinfo=dt.UTC), dt.datetime(2026, 5, 1, 9, 59, tzinfo=dt.UTC)),
        (dt.date(2026, 5, 1), local(2026, 5, 1)),
    ],
)
def test_parse_instant_gives_utc_when_shape_differs(value: object, instant: dt.datetime) -> None:
    found = parse_instant(value, now=NOW)
    assert found == instant
    assert found.tzinfo is dt.UTC


def test_parse_instant_takes_day_first_when_both_readings_exist() -> None:
    assert parse_instant("04/05/2026", now=NOW) == local(2026, 5, 4)
    assert parse_instant("05/04/2026", now=NOW, month_first=True) == local(2026, 5, 4)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "empty"),
        (None, "empty"),
        ("demain", "unreadable"),
        ("32/01/2026", "unreadable"),
        ("29/02/2025", "unreadable"),
        ("01/05/2026 25:00", "unreadable"),
        ("1 maiii 2026", "unreadable"),
        ("#REF!", "unreadable"),
        (True, "unreadable"),
        (-5, "unreadable"),
        (Decimal("NaN"), "unreadable"),
        (10**15, "unreadable"),
        ("x" * 50_000, "unreadable"),
        ("05/13/2026", "month_first"),
        ("01/05/1926", "out_of_range"),
        ("1926-05-01", "out_of_range"),
        (9618, "out_of_range"),
        ("04/06/2026", "out_of_range"),
        ("0001-01-01", "out_of_range"),
        ("9999-12-31", "out_of_range"),
    ],
)
def test_parse_instant_names_the_reason_when_unusable(value: object, code: str) -> None:
    with pytest.raises(DateProblem) as caught:
        parse_instant(value, now=NOW)
    assert caught.value.code == code


def test_parse_instant_allows_two_days_ahead_when_clocks_differ() -> None:
    assert parse_instant("03/06/2026 10:00", now=NOW) == local(2026, 6, 3, 10)


@given(st.datetimes(min_value=START, max_value=END))
def test_parse_instant_reads_the_same_when_written_in_two_shapes(naive: dt.datetime) -> None:
    naive = naive.replace(microsecond=0)
    iso = parse_instant(naive.isoformat(sep=" "), now=NOW)
    assert parse_instant(naive.strftime("%d/%m/%Y %H:%M:%S"), now=NOW) == iso
    serial = (naive - EPOCH) / dt.timedelta(days=1)
    assert parse_instant(Decimal(repr(serial)), now=NOW) == iso


@given(st.text(alphabet=st.characters() | st.sampled_from("0123456789/-: TZ")) | st.integers() | st.floats())
def test_parse_instant_raises_only_its_own_problem_when_value_is_any(value: Any) -> None:
    try:
        parse_instant(value, now=NOW)
    except DateProblem:
        return
