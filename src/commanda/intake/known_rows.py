"""What is stored already about the candidates of a reading."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from django.db import connection

from commanda.intake.batch import Sighting
from commanda.intake.models import Source, StagedRow
from commanda.kernel.arrays import text_array

# Rows that wait, or waited when they went out of their sheet.
OPEN: Final = frozenset({StagedRow.Status.REJECTED.value, StagedRow.Status.GONE.value})

# LATERAL with a limit is one look into the index of keys for each: a plan made while the source had no rows yet, as
# far as the statistics knew, would read all its rows for every key.
UNSETTLED: Final = """
SELECT sighting.place, known.id, known.status
FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS sighting (key, fingerprint, place)
LEFT JOIN LATERAL (
    SELECT id, status, fingerprint FROM intake_stagedrow WHERE source_id = %s AND key = sighting.key LIMIT 1
) AS known ON true
WHERE known.id IS NULL OR known.status = ANY(%s)
    OR (known.fingerprint <> sighting.fingerprint AND known.status <> 'erased')
ORDER BY sighting.place
"""


class KnownRow(NamedTuple):
    """What is stored about a key."""

    pk: int
    status: str


class Look(NamedTuple):
    """A chunk of a reading compared with what is stored: how many of its rows are settled, and the other candidates
    with what is stored about them, None when nothing is.
    """

    settled_qty: int
    unsettled: list[tuple[Sighting, KnownRow | None]]


def known_rows(source: Source, chunk: Sequence[Sighting]) -> Look:
    """Compare a chunk with what is stored.

    Settled is what was taken in or set aside, and is unchanged, and what was erased: nothing to do, nothing to write.
    A row that waits is always looked at again: the product it asks for may have been added since.
    """
    if source._state.adding:
        return Look(0, [(sighting, None) for sighting in chunk])
    keys, prints = text_array(each.key for each in chunk), text_array(each.fingerprint for each in chunk)
    with connection.cursor() as cursor:
        cursor.execute(UNSETTLED, [keys, prints, source.pk, list(OPEN)])
        unsettled = [
            (chunk[place - 1], None if pk is None else KnownRow(pk, status)) for place, pk, status in cursor.fetchall()
        ]
    return Look(_row_qty(chunk) - _row_qty(sighting for sighting, _known in unsettled), unsettled)


def _row_qty(sightings: Iterable[Sighting]) -> int:
    return sum(each.row_qty for each in sightings)
