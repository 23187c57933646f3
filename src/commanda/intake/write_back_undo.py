"""Putting right what was overwritten because a column moved at the very moment of writing."""

from collections.abc import Mapping as Rows
from typing import Any

from commanda.intake.mapping import Mapping
from commanda.intake.readers.base import ReadProblem
from commanda.intake.readers.our_columns import hide_our_columns, our_columns
from commanda.intake.write_back import Batch, Look
from commanda.kernel.text import fold


def overwritten_cells(
    look: Look, mapping: Mapping, batch: Batch, before: Rows[int, list[Any]], after: Rows[int, list[Any]]
) -> list[tuple[int, int, list[Any]]]:
    """What stood in cells of other columns that the batch has hit: column, row and values, to be written again.

    `before` and `after` are the same rows, header included, read just before and just after writing. Columns are
    found by how far ours have moved; a row that is no longer the same one is left alone.
    """
    header = after[look.header_row]
    places = {fold(text): at for at, text in our_columns(header).items()}
    moved: dict[int, int] = {}
    for at in look.columns.values():
        now_at = places.get(fold(str(before[look.header_row][at])))
        if now_at is not None and now_at != at:
            moved[at] = now_at - at
    try:
        layout = mapping.locate(list(hide_our_columns([header])))
    except ReadProblem:
        return []
    hit = {(block.row + down, block.column) for block in batch.blocks for down in range(len(block.values))}
    mended: list[tuple[int, int, list[Any]]] = []
    for number in sorted({row for row, _column in hit}):
        old, new = before[number], list(after[number])
        cells = {
            at: old[at - shift] for at, shift in moved.items() if (number, at) in hit and 0 <= at - shift < len(old)
        }
        for at, value in cells.items():
            new[at] = value
        if cells and Look(layout, (), {}).identity(new) == look.identities.get(number):
            mended += [(at, number, [value]) for at, value in cells.items()]
    return mended
