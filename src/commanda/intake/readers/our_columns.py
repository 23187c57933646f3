"""Columns that we write into a sheet: known by their header, and never read as part of an order."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, Final

# What the header of every column of ours begins with, in every language.
MARK: Final = "Commanda:"
# A header stands in one of the first rows: so far looks the mapping, too.
HEADER_ROWS: Final = 10


def our_columns(row: Sequence[Any]) -> dict[int, str]:
    """The columns of a header row that are ours, by place from 0; each with its header."""
    return {
        at: cell.strip()
        for at, cell in enumerate(row)
        if isinstance(cell, str) and cell.strip().casefold().startswith(MARK.casefold())
    }


def hide_our_columns(rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """The rows with our columns empty: what we have written there must not change an order, or make one."""
    rest = iter(rows)
    head = list(islice(rest, HEADER_ROWS))
    ours = sorted({at for row in head for at in our_columns(row)})
    every = chain(head, rest)
    return (_without(row, ours) for row in every) if ours else every


def _without(row: Sequence[Any], ours: Sequence[int]) -> Sequence[Any]:
    kept = list(row)
    for at in ours:
        if at < len(kept):
            kept[at] = ""
    return kept
