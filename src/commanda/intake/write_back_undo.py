"""Putting right what was overwritten because a column moved at the very moment of writing."""

from collections import Counter
from collections.abc import Collection
from collections.abc import Mapping as Rows
from typing import Any

from commanda.intake.cells import cell_text
from commanda.intake.readers.our_columns import our_columns
from commanda.intake.write_back import Batch, Look
from commanda.kernel.text import fold


def overwritten_cells(
    look: Look, batch: Batch, before: Rows[int, list[Any]], after: Rows[int, list[Any]]
) -> list[tuple[int, int, list[Any]]]:
    """What stood in cells of other columns that the batch has hit: column, row and values, to be written again.

    `before` and `after` are the same rows, header included, read just before and just after writing. How far ours
    have moved tells what stood where we wrote; a row that is no longer the same one is left alone.
    """
    places = {fold(text): at for at, text in our_columns(after[look.header_row]).items()}
    moved: dict[int, int] = {}
    for at in look.columns.values():
        now_at = places.get(fold(str(before[look.header_row][at])))
        if now_at is not None and now_at != at:
            moved[at] = now_at - at
    hit = {(block.row + down, block.column) for block in batch.blocks for down in range(len(block.values))}
    mended: list[tuple[int, int, list[Any]]] = []
    for number in sorted({row for row, _column in hit}):
        old, new = before[number], list(after[number])
        cells = {at: _cell(old, at - shift) for at, shift in moved.items() if (number, at) in hit}
        for at, value in cells.items():
            new[at] = value
        if cells and _is_same_row(old, look.columns.values(), new, places.values(), max(map(abs, moved.values()))):
            mended += [(at, number, [value]) for at, value in cells.items()]
    return mended


def _cell(row: list[Any], at: int) -> Any:
    return row[at] if 0 <= at < len(row) else ""


def _is_same_row(
    old: list[Any], ours_then: Collection[int], new: list[Any], ours_now: Collection[int], moved_qty: int
) -> bool:
    """Whether a row says what it said, but for the columns that came or went. Another order differs in more."""
    then, now = _texts(old, ours_then), _texts(new, ours_now)
    return sum((then & now).values()) >= max(then.total() - moved_qty, 1)


def _texts(row: list[Any], ours: Collection[int]) -> Counter[str]:
    return Counter(text for at, cell in enumerate(row) if at not in ours and (text := cell_text(cell)))
