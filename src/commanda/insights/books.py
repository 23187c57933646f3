"""The books: sums that must agree, proven against each other straight from the tables.

`commanda check-books` prints what does not; tests call `assert_books_balance()` after every step. Each book is one SQL
statement over whole tables, so that a million orders take half a minute; `check_kept_sums` takes ten.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import Any, Final

from django.db import connection

from commanda.finance.commission_books import COMMISSION_BOOKS
from commanda.insights.books_orders import ORDER_BOOKS
from commanda.insights.books_stock import STOCK_BOOKS
from commanda.insights.models import RowChange
from commanda.insights.periods import Period
from commanda.insights.services.keep import AS_BEFORE, PLANNED
from commanda.insights.services.keep_sql import book_statement
from commanda.kernel.clock import CASABLANCA, day_start, today
from commanda.kernel.transaction import unit_of_work

MOST_SHOWN: Final = 1000
DAYS_COMPARED: Final = 366
DAY_STARTS: Final = """
    SELECT day::date, (day::timestamp AT TIME ZONE zone.name)
    FROM generate_series(%s::date, %s::date, interval '1 day') AS day, (SELECT %s::text AS name) AS zone
"""


@dataclass(frozen=True, slots=True)
class Book:
    """One comparison. `differences` has a dictionary for each row that does not agree, `MOST_SHOWN` at most."""

    name: str
    statement: str
    differences: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_balanced(self) -> bool:
        return not self.differences


# name → (what it proves, in words; SQL whose rows are the differences)
BOOKS: Final[dict[str, tuple[str, str]]] = {**STOCK_BOOKS, **ORDER_BOOKS, **COMMISSION_BOOKS}


def check_books() -> list[Book]:
    """Compare every book; the statements see one and the same moment only if the caller holds a snapshot."""
    return [_check(name, words, sql) for name, (words, sql) in BOOKS.items()]


def check_kept_sums() -> Book:
    """Count everything anew and compare it with the kept sums, which must have been brought up to date: what changed
    since is a difference of its own."""
    waiting = [{"waiting": number}] if (number := RowChange.objects.count()) else []
    with unit_of_work(), connection.cursor() as cursor:
        cursor.execute(PLANNED)
        book = _check("insights.kept_sums", "The kept sums of days are what the rows come to.", book_statement())
        cursor.execute(AS_BEFORE)
    return Book(book.name, book.statement, waiting or book.differences)


def check_days() -> Book:
    """Compare when each day begins for PostgreSQL, which adds up by day, and for Python, which asks; a year back
    and a year ahead. They differ when one of the two does not know a change of the Moroccan clock."""
    words = "PostgreSQL and Python begin a day at the same moment (if not, update the server's time zone data)."
    span = Period(today() - timedelta(days=DAYS_COMPARED), today() + timedelta(days=DAYS_COMPARED))
    with connection.cursor() as cursor:
        cursor.execute(DAY_STARTS, [span.first, span.last, CASABLANCA.key])
        starts = dict(cursor.fetchall())
    found = [
        {"day": day, "postgresql": starts[day], "python": day_start(day).astimezone(UTC)}
        for day in span
        if starts[day] != day_start(day)
    ]
    return Book("insights.days", words, found[:MOST_SHOWN])


def assert_books_balance(check: Callable[[], list[Book]] = check_books) -> None:
    """For tests: raise `AssertionError` that names each book out of balance with its first differences."""
    wrong = [f"{book.name}: {book.differences[:5]}" for book in check() if not book.is_balanced]
    if wrong:
        raise AssertionError("books out of balance\n" + "\n".join(wrong))


def _check(name: str, words: str, sql: str) -> Book:
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} LIMIT {MOST_SHOWN}")
        columns = [column.name for column in cursor.description or ()]
        return Book(name, words, [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()])
