"""The books: sums that must agree, proven against each other straight from the tables.

`commanda check-books` prints what does not; tests call `assert_books_balance()` after every step. Each book is one SQL
statement over whole tables, so that a million orders take seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection

from commanda.finance.commission_books import COMMISSION_BOOKS
from commanda.insights.books_orders import ORDER_BOOKS
from commanda.insights.books_stock import STOCK_BOOKS
from commanda.insights.models import RowChange
from commanda.insights.services.keep_sql import book_statement

MOST_SHOWN: Final = 1000


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
    book = _check("insights.kept_sums", "The kept sums of days are what the rows come to.", book_statement())
    return Book(book.name, book.statement, waiting or book.differences)


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
