"""A chunk of a reading before it is written: compared with what is known, cleaned, drafted. Writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from commanda.intake.batch import Batch, Candidate, Sighting
from commanda.intake.cleaning import CleaningContext
from commanda.intake.drafting import DraftingContext, make_draft
from commanda.intake.former_rows import FormerRows
from commanda.intake.known_rows import OPEN, KnownRow, known_rows, settled_qty
from commanda.intake.models import Source
from commanda.intake.rows import Read, read_candidate
from commanda.intake.services.outcome import Outcome
from commanda.orders.services.drafts import OrderDraft


@dataclass(frozen=True, slots=True)
class Prepared:
    """A chunk ready to be written: what must be looked at under a lock, and what nobody has seen before."""

    settled_qty: int
    touched: list[tuple[Candidate, int]]
    fresh: list[tuple[Candidate, Read, OrderDraft | None]]


@dataclass(frozen=True, slots=True)
class Preparing:
    """What the chunks of one reading are prepared with."""

    batch: Batch
    context: DraftingContext
    cleaning: CleaningContext
    former: FormerRows

    def prepare(self, chunk: Sequence[Sighting], known: dict[int, KnownRow | None]) -> Prepared:
        """Load and clean what is not settled. Asks the database nothing: another chunk may be written meanwhile."""
        touched: list[tuple[Candidate, int]] = []
        fresh: list[tuple[Candidate, Read, OrderDraft | None]] = []
        candidates = self.batch.load([chunk[place] for place in known])
        for candidate, found in zip(candidates, known.values(), strict=True):
            pk = found.pk if found is not None else self.former.take(candidate)
            if pk is None:
                read = read_candidate(candidate.rows, self.cleaning)
                fresh.append((candidate, read, None if read.is_rejected else make_draft(read.order, self.context)))
            else:
                touched.append((candidate, pk))
        return Prepared(settled_qty(chunk, known), touched, fresh)


def plan_rows(
    source: Source,
    batch: Batch,
    chunk: Sequence[Sighting],
    context: DraftingContext,
    cleaning: CleaningContext,
    outcome: Outcome,
) -> None:
    """Count what writing the chunk would do."""
    known = known_rows(source, chunk)
    outcome.unchanged_qty += settled_qty(chunk, known)
    fresh = []
    for place, found in known.items():
        if found is not None and found.status not in OPEN:
            outcome.changed_qty += chunk[place].row_qty
        else:
            fresh.append(chunk[place])
    for candidate in batch.load(fresh):
        read = read_candidate(candidate.rows, cleaning)
        if read.is_rejected:
            outcome.reject(candidate, read.problems)
        else:
            make_draft(read.order, context)
            outcome.new_qty += len(candidate.rows)
            outcome.order_qty += 1
            outcome.warn(read.problems)
