"""Rows without an order number that were corrected in their sheet: the same row, although its identity has changed.

Somebody mends the phone or the quantity of a row. Read naively, an old row has gone and a new one has come: the
client would get two parcels. A new row that equals one that has just gone, but for one cell, is that row.
"""

from collections.abc import Iterator
from typing import Final

from commanda.intake.batch import Batch, Candidate, stored_rows
from commanda.intake.models import Source, StagedRow

# Beyond that the sheet was cleared or replaced, not corrected.
_MOST_GONE: Final = 2_000
# The moment of the order has to be told and equal: the same client ordering the same again is a new order.
_MOMENT: Final = "ordered_at"


class FormerRows:
    """The rows of a sheet that are not in its present reading, ready to be recognised."""

    def __init__(self, rows: dict[int, dict[str, str]]) -> None:
        self._found: dict[tuple[str, frozenset[tuple[str, str]]], set[int]] = {}
        self._free = set(rows)
        for pk, cells in rows.items():
            for sign in _signs(cells):
                self._found.setdefault(sign, set()).add(pk)

    def __bool__(self) -> bool:
        return bool(self._free)

    def take(self, candidate: Candidate) -> int | None:
        """The staged row that this candidate is with one cell changed; each is given once, and only if it is the
        only one.
        """
        if not self._free or len(candidate.rows) != 1 or candidate.key.startswith("x:"):
            return None
        cells = candidate.to_json()["rows"][0]["cells"]
        matches = {pk for sign in _signs(cells) for pk in self._found.get(sign, ()) if pk in self._free}
        if len(matches) != 1:
            return None
        pk = matches.pop()
        self._free.discard(pk)
        return pk


def load_former_rows(source: Source, batch: Batch) -> FormerRows:
    """What has gone from a sheet since the last readings. Files and deliveries come one by one and correct nothing."""
    if not source.is_sheet:
        return FormerRows({})
    known = StagedRow.objects.filter(source=source, key__startswith="h:").values_list("pk", "key")
    gone = [pk for pk, key in known.iterator() if key not in batch]
    if not gone or len(gone) > _MOST_GONE:
        return FormerRows({})
    rows = StagedRow.objects.filter(pk__in=gone).exclude(status=StagedRow.Status.IGNORED)
    return FormerRows({pk: stored_rows(cells)[0].cells for pk, cells in rows.values_list("pk", "cells")})


def _signs(cells: dict[str, str]) -> Iterator[tuple[str, frozenset[tuple[str, str]]]]:
    """The row without each of its cells in turn. A cell may also have been empty before, or be empty now."""
    if not cells.get(_MOMENT):
        return
    filled = {name: text for name, text in cells.items() if text}
    yield "", frozenset(filled.items())
    for name in filled:
        if name != _MOMENT:
            rest = frozenset((other, text) for other, text in filled.items() if other != name)
            yield name, rest
            yield "", rest
