"""Take a chunk of candidates in: compare with what is known, create orders, keep bad rows with their reasons."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from time import sleep
from typing import Any, Final

from django.db import DatabaseError, transaction

from commanda.customers.models import Customer
from commanda.intake.batch import Candidate, stored_rows
from commanda.intake.cleaning import CleaningContext
from commanda.intake.drafting import BLOCKED_TAG, DraftingContext, make_draft
from commanda.intake.former_rows import FormerRows
from commanda.intake.locks import lock_rows
from commanda.intake.models import ImportRun, Source, StagedRow
from commanda.intake.rows import Read, kept_corrections, read_candidate
from commanda.intake.services.apply_change import apply_change
from commanda.intake.services.outcome import COUNTS, Outcome
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Busy, CommandaError
from commanda.kernel.transaction import unit_of_work
from commanda.orders.models import Order
from commanda.orders.services.create import create_orders
from commanda.orders.services.drafts import OrderDraft

Status = StagedRow.Status
_TRIES: Final = 4
_OPEN: Final = frozenset({Status.REJECTED.value, Status.GONE.value})
_LOOK_CODES: Final = frozenset({"city_unknown"})
WRITTEN: Final = (
    "key",
    "fingerprint",
    "row_number",
    "cells",
    "corrections",
    "status",
    "problems",
    "needs_look",
    "order_id",
    "last_run_id",
    "updated_at",
)


@dataclass
class _Pending:
    """A candidate that will become an order or wait: with what it says, and its staged row if it has one."""

    candidate: Candidate
    read: Read
    staged: StagedRow | None = None
    order: Order | None = None
    problems: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.problems = self.read.problems


@dataclass(frozen=True, slots=True)
class _Known:
    """What is stored about a key."""

    pk: int
    fingerprint: str
    status: str


def plan_rows(
    source: Source,
    chunk: Sequence[Candidate],
    context: DraftingContext,
    cleaning: CleaningContext,
    outcome: Outcome,
) -> None:
    """Count what writing the chunk would do."""
    known = _known(source, chunk)
    for candidate in chunk:
        found = known.get(candidate.key)
        if _is_settled(found, candidate):
            outcome.unchanged_qty += len(candidate.rows)
        elif found is not None and found.status not in _OPEN:
            outcome.changed_qty += len(candidate.rows)
        else:
            read = read_candidate(candidate.rows, cleaning)
            if read.is_rejected:
                outcome.reject(candidate, read.problems)
            else:
                make_draft(read.order, context)
                outcome.new_qty += len(candidate.rows)
                outcome.order_qty += 1
                outcome.warn(read.problems)


class Writer:
    """Writes the chunks of one run; without a run, rows that a person has mended."""

    def __init__(
        self,
        actor: Actor,
        source: Source,
        run: ImportRun | None,
        context: DraftingContext,
        cleaning: CleaningContext,
        former: FormerRows | None = None,
    ) -> None:
        self.actor = actor
        self.source = source
        self.run = run
        self.context = context
        self.cleaning = cleaning
        self.former = former or FormerRows({})

    def write(self, chunk: Sequence[Candidate], outcome: Outcome) -> None:
        """One transaction: orders, staged rows and the run's progress stand or fall together.

        A chunk that meets an agent's lock is tried again; somebody's call must not fail an import.
        """
        for attempt in range(_TRIES):
            counted = replace(
                outcome, warnings=outcome.warnings.copy(), reasons=outcome.reasons.copy(), rejected=[*outcome.rejected]
            )
            try:
                with unit_of_work():
                    self._write(chunk, counted)
                    if self.run is not None:
                        counted.write_to(self.run)
                        self.run.save(update_fields=list(COUNTS))
            except Busy:
                if attempt == _TRIES - 1:
                    raise
                sleep(0.2 * 2**attempt)
            else:
                outcome.__dict__.update(counted.__dict__)
                return

    def retry(self, rows: Sequence[StagedRow], outcome: Outcome) -> None:
        """Try waiting rows again as they are stored, with their corrections. The caller has locked them."""
        pending = []
        for staged in rows:
            candidate = Candidate(staged.key, staged.fingerprint, stored_rows(staged.cells))
            read = read_candidate(candidate.rows, self.cleaning, staged.corrections)
            pending.append(_Pending(candidate, read, staged))
        self._take_in(pending, outcome)

    def _write(self, chunk: Sequence[Candidate], outcome: Outcome) -> None:
        known = _known(self.source, chunk)
        touched = [
            (candidate, known[candidate.key].pk)
            for candidate in chunk
            if candidate.key in known and not _is_settled(known[candidate.key], candidate)
        ]
        corrected = [
            (candidate, pk)
            for candidate in chunk
            if candidate.key not in known and (pk := self.former.take(candidate)) is not None
        ]
        touched += corrected
        outcome.unchanged_qty += sum(
            len(candidate.rows) for candidate in chunk if _is_settled(known.get(candidate.key), candidate)
        )
        locked = {row.pk: row for row in lock_rows([pk for _candidate, pk in touched])} if touched else {}
        again = [
            pending
            for candidate, pk in touched
            if pk in locked and (pending := self._again(candidate, locked[pk], outcome)) is not None
        ]
        again_known = {candidate.key for candidate, _pk in corrected}
        fresh = [
            _Pending(candidate, read_candidate(candidate.rows, self.cleaning))
            for candidate in chunk
            if candidate.key not in known and candidate.key not in again_known
        ]
        self._take_in([*fresh, *again], outcome)

    def _again(self, candidate: Candidate, staged: StagedRow, outcome: Outcome) -> _Pending | None:
        """A row seen before: None when it is dealt with here, else it is to be tried (again) as a new order."""
        rows = len(candidate.rows)
        is_same = staged.fingerprint == candidate.fingerprint
        if staged.status in _OPEN:
            if not is_same:
                staged.corrections = kept_corrections(stored_rows(staged.cells), candidate, staged.corrections)
            return _Pending(candidate, read_candidate(candidate.rows, self.cleaning, staged.corrections), staged)
        if is_same:  # mended or set aside between our look and our lock
            outcome.unchanged_qty += rows
            return None
        if staged.status == Status.IMPORTED:
            apply_change(
                actor=self.actor, staged=staged, candidate=candidate, context=self.context, cleaning=self.cleaning
            )
        self._remember(staged, candidate)
        staged.save(update_fields=WRITTEN)
        outcome.changed_qty += rows
        outcome.wrote = True
        return None

    def _take_in(self, pending: list[_Pending], outcome: Outcome) -> None:
        clean = [each for each in pending if not each.read.is_rejected]
        self._create_orders(clean)
        fresh: list[StagedRow] = []
        again: list[StagedRow] = []
        for each in pending:
            if each.order is None:
                outcome.reject(each.candidate, each.problems)
            else:
                outcome.new_qty += len(each.candidate.rows)
                outcome.order_qty += 1
                outcome.duplicate_qty += each.order.possible_duplicate_of_id is not None
                outcome.blocked_qty += BLOCKED_TAG in each.order.tags
                outcome.warn(each.problems)
            staged = self._staged(each)
            if staged is not None:
                (again if staged.pk else fresh).append(staged)
        StagedRow.objects.bulk_create(fresh, batch_size=2_000)
        if again:
            StagedRow.objects.bulk_update(again, [name.removesuffix("_id") for name in WRITTEN], batch_size=500)
        outcome.wrote = outcome.wrote or bool(fresh or again)

    def _create_orders(self, pending: list[_Pending]) -> None:
        if not pending:
            return
        drafts = self._with_warnings([make_draft(each.read.order, self.context) for each in pending])
        try:
            with transaction.atomic():
                orders = create_orders(actor=self.actor, drafts=drafts)
        except Busy:
            raise
        except (CommandaError, DatabaseError):
            self._create_one_by_one(pending, drafts)
            return
        for each, order in zip(pending, orders, strict=True):
            each.order = order

    def _create_one_by_one(self, pending: list[_Pending], drafts: list[OrderDraft]) -> None:
        """One order of the chunk cannot be stored: find it, keep it with its reason, take the others."""
        for each, draft in zip(pending, drafts, strict=True):
            try:
                with transaction.atomic():
                    each.order = create_orders(actor=self.actor, drafts=[draft])[0]
            except Busy:
                raise
            except (CommandaError, DatabaseError) as error:
                reason = str(error) if isinstance(error, CommandaError) else type(error).__name__
                each.problems = [
                    *each.read.problems,
                    {"row": 0, "field": "", "code": "not_stored", "params": {"reason": reason[:200]}},
                ]

    def _with_warnings(self, drafts: list[OrderDraft]) -> list[OrderDraft]:
        """Orders of blocked clients are taken in with a tag: the person who calls decides."""
        phones = {draft.phone_e164 for draft in drafts}
        blocked = set(
            Customer.objects.filter(phone_e164__in=phones, is_blocked=True).values_list("phone_e164", flat=True)
        )
        return [
            replace(draft, tags=(*draft.tags, BLOCKED_TAG)) if draft.phone_e164 in blocked else draft
            for draft in drafts
        ]

    def _staged(self, each: _Pending) -> StagedRow | None:
        """The staged row to write; None when a waiting row still waits for the same reasons."""
        staged = each.staged or StagedRow(source=self.source, key=each.candidate.key)
        before = (staged.status, staged.fingerprint, staged.problems, staged.row_number)
        if each.order is None:
            staged.status = Status.REJECTED
        else:
            staged.status, staged.order_id = Status.IMPORTED, each.order.pk
        staged.problems = each.problems
        staged.needs_look = each.order is not None and any(p["code"] in _LOOK_CODES for p in each.problems)
        after = (staged.status, each.candidate.fingerprint, staged.problems, each.candidate.number)
        if staged.pk and each.order is None and before == after:
            return None
        self._remember(staged, each.candidate)
        return staged

    def _remember(self, staged: StagedRow, candidate: Candidate) -> None:
        staged.key = candidate.key
        staged.fingerprint = candidate.fingerprint
        staged.row_number = candidate.number
        staged.cells = candidate.to_json()
        if self.run is not None:
            staged.last_run_id = self.run.pk
        staged.updated_at = now()


def _known(source: Source, chunk: Sequence[Candidate]) -> dict[str, _Known]:
    if source._state.adding:
        return {}
    rows = StagedRow.objects.filter(source=source, key__in=[candidate.key for candidate in chunk])
    return {
        key: _Known(pk, fingerprint, status)
        for key, pk, fingerprint, status in rows.values_list("key", "pk", "fingerprint", "status")
    }


def _is_settled(found: _Known | None, candidate: Candidate) -> bool:
    """Taken in or set aside, and unchanged: nothing to do, nothing to write.

    A row that waits is always looked at again: the product it asks for may have been added since.
    """
    return found is not None and found.status not in _OPEN and found.fingerprint == candidate.fingerprint
