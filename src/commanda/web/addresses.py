"""Addresses of pages. The URLs of a process do not change: each is put together once, however many links lead there."""

from collections.abc import Iterable
from functools import cache, lru_cache
from urllib.parse import urlencode

from django.urls import reverse

MOST_QUERIES = 8192


@cache
def address(name: str) -> str:
    """Of a page without parts that vary."""
    return reverse(name)


@cache
def address_frame(name: str) -> str:
    """The address of a page about one thing with `{}` in place of its reference or number, which need no escaping."""
    return reverse(name, args=[0]).replace("/0/", "/{}/")


def with_query(page: str, asked: Iterable[tuple[str, object]]) -> str:
    """The address of a page under what is asked of it; what is None or "" is not."""
    query = query_of((name, str(value)) for name, value in asked if value not in (None, ""))
    return f"{page}?{query}" if query else page


def query_of(asked: Iterable[tuple[str, str]]) -> str:
    """What stands behind the `?`."""
    return _query(tuple(asked))


@lru_cache(maxsize=MOST_QUERIES)
def _query(asked: tuple[tuple[str, str], ...]) -> str:
    return urlencode(asked)
