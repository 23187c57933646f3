"""A file that comes again byte for byte: what was taken in of it is known without reading it.

Exports are imported twice every day, by mistake or to let the rows go through that had to wait. Those are what is
looked at again; the others are as they were. A file is known while it is the last one its source has read: the rows of
another file may have changed the same orders meanwhile.
"""

import hashlib
import json
from collections.abc import Iterator
from importlib.metadata import version as release
from pathlib import Path
from typing import NamedTuple

from commanda.intake.batch import Candidate, stored_rows
from commanda.intake.mapping import Mapping
from commanda.intake.models import ImportRun, Source, StagedRow
from commanda.intake.readers.base import MAX_BYTES
from commanda.intake.services.prepare_rows import Prepared


def file_version(file: Path) -> str:
    """A digest of its bytes; "" of a file that is too large for any reader."""
    if file.stat().st_size > MAX_BYTES:
        return ""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class Taken(NamedTuple):
    """What the source has read last, completely: the run that did, and the mapping by which it did."""

    run: ImportRun
    mapping: Mapping


def content_name(version: str, mapping: Mapping) -> str:
    """What the rows of a file are known by: equal bytes, read by equal columns and the same release, give the same."""
    parts = (version, release("commanda"), json.dumps(mapping.to_json(), sort_keys=True))
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def find_taken(source: Source, version: str, mapping: Mapping | None) -> Taken | None:
    """What was taken in of a file of this version, as long as the source has read nothing else since."""
    if source.kind != Source.Kind.FILE or not version or mapping is None:
        return None
    content = content_name(version, mapping)
    runs = ImportRun.objects.filter(source=source, content=content, status=ImportRun.Status.DONE)
    run = runs.first() if source.last_version == content else None
    return Taken(run, mapping) if run is not None else None


def rows_again(source: Source, taken: ImportRun, size: int) -> Iterator[Prepared]:
    """The rows of the content that still wait, in parts, and then all others as settled."""
    waiting = StagedRow.objects.filter(
        source=source, status=StagedRow.Status.REJECTED, last_run__content=taken.content
    ).order_by("row_number", "pk")
    settled_qty = taken.read_qty
    pks = list(waiting.values_list("pk", flat=True))
    for at in range(0, len(pks), size):
        rows = waiting.filter(pk__in=pks[at : at + size]).values_list("pk", "key", "fingerprint", "cells")
        touched = [(Candidate(key, whole, stored_rows(cells)), pk) for pk, key, whole, cells in rows]
        settled_qty -= sum(len(candidate.rows) for candidate, _pk in touched)
        yield Prepared(0, touched, [])
    yield Prepared(settled_qty, [], [])
