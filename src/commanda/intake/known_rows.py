"""What is stored already about the candidates of a reading."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from django.db import connection

from commanda.intake.batch import Sighting
from commanda.intake.models import Source, StagedRow
from commanda.kernel.bulk import text_array

# Rows that wait, or waited when they went out of their sheet.
OPEN: Final = frozenset({StagedRow.Status.REJECTED.value, StagedRow.Status.GONE.value})

UNSETTLED: Final = """
SELECT sighting.place, known.id, known.status
FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS sighting (key, fingerprint, place)
LEFT JOIN intake_stagedrow AS known ON known.source_id = %s AND known.key = sighting.key
WHERE known.id IS NULL OR known.status = ANY(%s) OR known.fingerprint <> sighting.fingerprint
ORDER BY sighting.place
"""


class KnownRow(NamedTuple):
    """What is stored about a key."""

    pk: int
    status: str


def known_rows(source: Source, chunk: Sequence[Sighting]) -> dict[int, KnownRow | None]:
    """By place in the chunk what is stored about the candidates that are not settled; None when nothing is.

    Settled is what was taken in or set aside, and is unchanged: nothing to do, nothing to write. A row that waits is
    always looked at again: the product it asks for may have been added since.
    """
    if source._state.adding:
        return dict.fromkeys(range(len(chunk)))
    keys, prints = text_array(each.key for each in chunk), text_array(each.fingerprint for each in chunk)
    with connection.cursor() as cursor:
        cursor.execute(UNSETTLED, [keys, prints, source.pk, list(OPEN)])
        return {place - 1: None if pk is None else KnownRow(pk, status) for place, pk, status in cursor.fetchall()}


def settled_qty(chunk: Sequence[Sighting], known: dict[int, KnownRow | None]) -> int:
    """How many rows of the chunk are settled."""
    return sum(each.row_qty for place, each in enumerate(chunk) if place not in known)
