"""From a reader to a batch: which mapping holds, and what its columns give."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any

from commanda.intake.batch import Batch
from commanda.intake.failures import MappingIncomplete
from commanda.intake.headers import SAMPLE_ROWS, guess_mapping
from commanda.intake.mapping import Mapping
from commanda.intake.models import Source
from commanda.intake.readers.base import Reader, ReadProblem
from commanda.intake.sent_names import guess_sent


def read_batch(source: Source, reader: Reader, mapping: Mapping | None = None, *, may_fork: bool = False) -> Batch:
    """All rows of the source, grouped and with their identity.

    `mapping` wins over the source's own; without either it is guessed. `may_fork` is that of `Batch`. Raises what the
    reader raises, `columns_missing` when the source's columns are gone, `MappingIncomplete` when phone or product are
    unknown, `no_rows` for a file with nothing below its header.
    """
    rows = reader.rows()
    head = list(islice(rows, SAMPLE_ROWS))
    chosen = mapping or choose_mapping(source, head)
    if chosen.missing:
        raise MappingIncomplete(chosen.missing[0])
    batch = Batch(chosen, chain(head, rows), may_fork=may_fork)
    # A sheet may well start empty; who uploads a file expects orders in it.
    if not batch.row_qty and source.kind == Source.Kind.FILE:
        raise ReadProblem("no_rows")
    return batch


def choose_mapping(source: Source | None, head: Sequence[Sequence[Any]]) -> Mapping:
    """The mapping of the source where it fits, else the likeliest one.

    A sheet whose columns are gone stops with a message: taking others could make wrong orders. Files come one by
    one from anywhere, so another layout is read on its own terms.
    """
    stored = stored_mapping(source)
    if stored is None:
        is_sent = source is not None and source.kind == Source.Kind.HOOK
        return guess_sent(head) if is_sent else guess_mapping(head)
    if source is not None and source.kind == Source.Kind.FILE:
        try:
            stored.locate(head)
        except ReadProblem:
            return guess_mapping(head)
    return stored


def stored_mapping(source: Source | None) -> Mapping | None:
    """The mapping kept with a source."""
    return Mapping.from_json(source.mapping) if source is not None and source.mapping else None


def first_rows(reader: Reader) -> list[list[Any]]:
    """The rows that a preview and a guess look at."""
    rows: Iterator[list[Any]] = reader.rows()
    return list(islice(rows, SAMPLE_ROWS))
