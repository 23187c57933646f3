"""A long reading is marked by a copy of the process: what is known of its rows is the same."""

from multiprocessing import active_children

import pytest

from commanda.intake import batch as module
from commanda.intake.batch import Batch
from commanda.intake.mapping import Column, Mapping

COLUMNS = ("external_id", "phone", "product", "quantity")
MAPPING = Mapping({name: Column(at, name) for at, name in enumerate(COLUMNS)})


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(module, "BLOCK_ROWS", 10)
    monkeypatch.setattr("commanda.intake.spool.BLOCK_ROWS", 10)
    monkeypatch.setattr(module, "ALONE", 20)


def sheet(rows):
    yield list(COLUMNS)
    for number in range(rows):
        # Some say the same as one far before them, some are a further line of such a one, some have no number.
        name = f"N{number % 35}" if number % 3 else ""
        yield [name, f"06123456{number % 40:02}", f"Article {number % 7}", number % 4 or ""]


def known(batch):
    return (
        [tuple(each) for each in batch.sightings()],
        [[tuple(each) for each in batch.sightings(share, 2)] for share in range(2)],
        [candidate.to_json() for candidate in batch.candidates()],
        batch.row_qty,
        batch.skipped,
    )


@pytest.mark.parametrize("rows", [0, 5, 10, 19, 20, 21, 30, 31, 95, 200])
def test_rows_are_known_by_the_same_whoever_marks_them(rows):
    alone, together = Batch(MAPPING, sheet(rows)), Batch(MAPPING, sheet(rows), may_fork=True)
    assert alone.row_qty == rows
    assert known(together) == known(alone)
    assert not active_children()


def test_a_copy_marks_only_what_is_long(monkeypatch):
    made = []

    class Noted(module.Beside):
        def __init__(self, work):
            made.append(work)
            super().__init__(work)

    monkeypatch.setattr(module, "Beside", Noted)
    Batch(MAPPING, sheet(20), may_fork=True)
    Batch(MAPPING, sheet(200))
    assert not made
    Batch(MAPPING, sheet(21), may_fork=True)
    assert len(made) == 1


def test_nobody_is_left_behind_when_reading_fails_in_the_middle():
    def broken():
        yield from sheet(70)
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        Batch(MAPPING, broken(), may_fork=True)
    assert not active_children()


def test_a_copy_that_fails_fails_the_reading(monkeypatch):
    marks = module._marks

    def fails(keys, rows):
        if rows[0]["phone"] == "0612345620":
            raise ValueError("not this one")
        return marks(keys, rows)

    monkeypatch.setattr(module, "_marks", fails)
    with pytest.raises(ValueError, match="not this one"):
        Batch(MAPPING, sheet(70), may_fork=True)
    assert not active_children()
