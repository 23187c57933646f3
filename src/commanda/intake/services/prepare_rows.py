"""A chunk of a reading before it is written: compared with what is known, cleaned, drafted. Writes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from commanda.intake.batch import Batch, Candidate
from commanda.intake.cleaning import CleaningContext
from commanda.intake.drafting import DraftingContext, make_draft
from commanda.intake.former_rows import FormerRows
from commanda.intake.known_rows import OPEN, Look
from commanda.intake.rows import read_candidate
from commanda.intake.services.outcome import Outcome
from commanda.kernel.text import as_json
from commanda.orders.services.drafts import OrderDraft


class Cleaned(NamedTuple):
    """A candidate as it will be kept: `cells` is JSON; without a draft it waits in the inbox for its `problems`."""

    key: str
    fingerprint: str
    number: int
    row_qty: int
    cells: str
    problems: list[dict[str, Any]]
    draft: OrderDraft | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A chunk ready to be written: what must be looked at under a lock, and what nobody has seen before."""

    settled_qty: int
    touched: list[tuple[Candidate, int]]
    fresh: list[Cleaned]


@dataclass(frozen=True, slots=True)
class Preparing:
    """What the chunks of one reading are prepared with."""

    batch: Batch
    context: DraftingContext
    cleaning: CleaningContext
    former: FormerRows

    def prepare(self, look: Look) -> Prepared:
        """Load and clean what is not settled; asks the database nothing."""
        touched: list[tuple[Candidate, int]] = []
        fresh: list[Cleaned] = []
        candidates = self.batch.load([sighting for sighting, _known in look.unsettled])
        for candidate, (_sighting, known) in zip(candidates, look.unsettled, strict=True):
            pk = known.pk if known is not None else self.former.take(candidate)
            if pk is None:
                fresh.append(clean_candidate(candidate, self.cleaning, self.context))
            else:
                touched.append((candidate, pk))
        return Prepared(look.settled_qty, touched, fresh)


def clean_candidate(
    candidate: Candidate,
    cleaning: CleaningContext,
    context: DraftingContext,
    corrections: Mapping[str, Any] | None = None,
) -> Cleaned:
    """Read a candidate and draft its order; what a person typed in the inbox stands in place of the cells."""
    read = read_candidate(candidate.rows, cleaning, corrections)
    return Cleaned(
        candidate.key,
        candidate.fingerprint,
        candidate.number,
        len(candidate.rows),
        as_json(candidate.to_json()),
        read.problems,
        None if read.is_rejected else make_draft(read.order, context),
    )


def plan_rows(batch: Batch, look: Look, context: DraftingContext, cleaning: CleaningContext, outcome: Outcome) -> None:
    """Count what writing the chunk would do."""
    outcome.unchanged_qty += look.settled_qty
    fresh = []
    for sighting, known in look.unsettled:
        if known is not None and known.status not in OPEN:
            outcome.changed_qty += sighting.row_qty
        else:
            fresh.append(sighting)
    for candidate in batch.load(fresh):
        read = read_candidate(candidate.rows, cleaning)
        if read.is_rejected:
            outcome.reject(candidate.number, len(candidate.rows), read.problems)
        else:
            make_draft(read.order, context)
            outcome.new_qty += len(candidate.rows)
            outcome.order_qty += 1
            outcome.warn(read.problems)
