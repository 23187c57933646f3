"""Take a chunk of candidates in: compare with what is known, create orders, keep bad rows with their reasons."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from time import sleep
from typing import Any, Final

from django.db import DatabaseError, connection, transaction

from commanda.intake.batch import Candidate, stored_rows
from commanda.intake.cleaning import CleaningContext
from commanda.intake.drafting import BLOCKED_TAG, DraftingContext
from commanda.intake.known_rows import OPEN
from commanda.intake.locks import lock_rows
from commanda.intake.models import ImportRun, Source, StagedRow
from commanda.intake.problems import BLOCKED
from commanda.intake.rows import kept_corrections
from commanda.intake.services.apply_change import apply_change
from commanda.intake.services.outcome import Outcome
from commanda.intake.services.prepare_rows import Cleaned, Prepared, clean_candidate
from commanda.kernel.actor import Actor
from commanda.kernel.arrays import text_array
from commanda.kernel.bulk import insert_rows
from commanda.kernel.clock import CASABLANCA, now
from commanda.kernel.errors import Busy, CommandaError
from commanda.kernel.text import as_json
from commanda.kernel.transaction import unit_of_work
from commanda.orders.services.create import create_in_bulk
from commanda.orders.services.drafts import OrderDraft

Status = StagedRow.Status
_TRIES: Final = 4
_LOOK_CODES: Final = frozenset({"city_unknown", BLOCKED})
# Thousands of phones as one value: a placeholder for each costs more than the whole search.
BLOCKED_CLIENTS: Final = """
SELECT phone_e164, blocked_reason, blocked_at FROM customers_customer
WHERE is_blocked AND phone_e164 = ANY(%s::text[])
"""
_REJECTED: Final = Status.REJECTED.value
_IMPORTED: Final = Status.IMPORTED.value
_FRESH: Final = (
    "source_id", "key", "fingerprint", "row_number", "cells", "status", "problems", "needs_look", "order_id",
    "last_run_id", "created_at", "updated_at",
)  # fmt: skip
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
    """A candidate that will become an order or wait, with its staged row if it has one."""

    row: Cleaned
    staged: StagedRow | None = None
    # The fields of the order made of it.
    order: dict[str, Any] | None = None
    # What is known of it once the order was to be stored: more than its row says.
    further: list[dict[str, Any]] = field(default_factory=list)

    @property
    def problems(self) -> list[dict[str, Any]]:
        return [*self.row.problems, *self.further]


class Writer:
    """Writes the chunks of one run; without a run, rows that a person has mended."""

    def __init__(
        self,
        actor: Actor,
        source: Source,
        run: ImportRun | None,
        context: DraftingContext,
        cleaning: CleaningContext,
    ) -> None:
        self.actor = actor
        self.source = source
        self.run = run
        self.context = context
        self.cleaning = cleaning
        # What the rows of blocked clients of the chunk are told, by phone.
        self._blocked: dict[str, dict[str, Any]] = {}

    def write(self, chunk: Prepared) -> Outcome:
        """One transaction: orders, staged rows and the run's progress stand or fall together. What came of the rows.

        A chunk that meets an agent's lock is tried again; somebody's call must not fail an import.
        """
        for attempt in count(1):
            outcome = Outcome()
            try:
                with unit_of_work():
                    self._write(chunk, outcome)
                    if self.run is not None:
                        _check_now()
                        outcome.add_to(self.run)
            except Busy:
                if attempt == _TRIES:
                    raise
                sleep(0.1 * 2**attempt)
            else:
                break
        return outcome

    def retry(self, rows: Sequence[StagedRow], outcome: Outcome) -> None:
        """Try waiting rows again as they are stored, with their corrections. The caller has locked them."""
        pending = []
        for staged in rows:
            candidate = Candidate(staged.key, staged.fingerprint, stored_rows(staged.cells))
            pending.append(self._clean_again(candidate, staged))
        self._take_in(pending, outcome)

    def _write(self, chunk: Prepared, outcome: Outcome) -> None:
        outcome.unchanged_qty += chunk.settled_qty
        locked = {row.pk: row for row in lock_rows([pk for _candidate, pk in chunk.touched])} if chunk.touched else {}
        again = [
            pending
            for candidate, pk in chunk.touched
            if pk in locked and (pending := self._again(candidate, locked[pk], outcome)) is not None
        ]
        new = [_Pending(row) for row in chunk.fresh]
        self._take_in([*new, *again], outcome)

    def _clean_again(self, candidate: Candidate, staged: StagedRow) -> _Pending:
        return _Pending(clean_candidate(candidate, self.cleaning, self.context, staged.corrections), staged)

    def _again(self, candidate: Candidate, staged: StagedRow, outcome: Outcome) -> _Pending | None:
        """A row seen before: None when it is dealt with here, else it is to be tried (again) as a new order."""
        rows = len(candidate.rows)
        is_same = staged.fingerprint == candidate.fingerprint
        if staged.status in OPEN:
            if not is_same:
                staged.corrections = kept_corrections(stored_rows(staged.cells), candidate, staged.corrections)
            return self._clean_again(candidate, staged)
        if is_same:  # mended or set aside between our look and our lock
            outcome.unchanged_qty += rows
            return None
        if staged.status == Status.IMPORTED:
            apply_change(
                actor=self.actor, staged=staged, candidate=candidate, context=self.context, cleaning=self.cleaning
            )
        self._remember(staged, candidate, candidate.to_json())
        staged.save(update_fields=WRITTEN)
        outcome.changed_qty += rows
        outcome.wrote = True
        return None

    def _take_in(self, pending: list[_Pending], outcome: Outcome) -> None:
        source_id, run_id, at = self.source.pk, None if self.run is None else self.run.pk, now().isoformat()
        self._create_orders([(each, each.row.draft) for each in pending if each.row.draft is not None])
        fresh: list[tuple[Any, ...]] = []
        again: list[StagedRow] = []
        same: list[int] = []
        for each in pending:
            self._count(each, outcome)
            if each.staged is None:
                fresh.append(_fresh(each, source_id, run_id, at))
            elif self._settle(each, each.staged):
                again.append(each.staged)
            else:
                same.append(each.staged.pk)
        insert_rows(StagedRow, _FRESH, fresh)
        if again:
            StagedRow.objects.bulk_update(again, [name.removesuffix("_id") for name in WRITTEN], batch_size=500)
        outcome.wrote = outcome.wrote or bool(fresh or again)
        # The readings of a sheet that change nothing leave no run that a row could be of.
        if same and self.run is not None and self.source.kind == Source.Kind.FILE:
            StagedRow.objects.filter(pk__in=same).update(last_run=self.run)

    def _count(self, each: _Pending, outcome: Outcome) -> None:
        if each.order is None:
            outcome.reject(each.row.number, each.row.row_qty, each.problems)
            return
        outcome.new_qty += each.row.row_qty
        outcome.order_qty += 1
        outcome.duplicate_qty += each.order["possible_duplicate_of_id"] is not None
        if each.order["phone_e164"] in self._blocked:
            outcome.blocked_qty += 1
            each.further.append(self._blocked[each.order["phone_e164"]])
        outcome.warn(each.problems)

    def _create_orders(self, clean: list[tuple[_Pending, OrderDraft]]) -> None:
        if not clean:
            return
        pending = [each for each, _draft in clean]
        drafts = self._with_warnings([draft for _each, draft in clean])
        try:
            with transaction.atomic():
                orders = create_in_bulk(actor=self.actor, drafts=drafts)
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
                    each.order = create_in_bulk(actor=self.actor, drafts=[draft])[0]
            except Busy:
                raise
            except (CommandaError, DatabaseError) as error:
                reason = str(error) if isinstance(error, CommandaError) else type(error).__name__
                each.further.append({"row": 0, "field": "", "code": "not_stored", "params": {"reason": reason[:200]}})

    def _with_warnings(self, drafts: list[OrderDraft]) -> list[OrderDraft]:
        """Orders of blocked clients are taken in with a tag: the person who calls decides."""
        with connection.cursor() as cursor:
            cursor.execute(BLOCKED_CLIENTS, [text_array(draft.phone_e164 for draft in drafts)])
            self._blocked = {phone: _blocked_problem(reason, at) for phone, reason, at in cursor.fetchall()}
        return [
            draft._replace(tags=(*draft.tags, BLOCKED_TAG)) if draft.phone_e164 in self._blocked else draft
            for draft in drafts
        ]

    def _settle(self, each: _Pending, staged: StagedRow) -> bool:
        """Write the result onto a staged row; False when a waiting row still waits for the same reasons."""
        before = (staged.status, staged.fingerprint, staged.problems, staged.row_number)
        if each.order is None:
            staged.status = Status.REJECTED
        else:
            staged.status, staged.order_id = Status.IMPORTED, each.order["id"]
        staged.problems = each.problems
        staged.needs_look = _needs_look(each)
        after = (staged.status, each.row.fingerprint, staged.problems, each.row.number)
        if each.order is None and before == after:
            return False
        self._remember(staged, each.row, json.loads(each.row.cells))
        return True

    def _remember(self, staged: StagedRow, seen: Cleaned | Candidate, cells: dict[str, Any]) -> None:
        staged.key = seen.key
        staged.fingerprint = seen.fingerprint
        staged.row_number = seen.number
        staged.cells = cells
        if self.run is not None:
            staged.last_run_id = self.run.pk
        staged.updated_at = now()


def _fresh(each: _Pending, source_id: int, run_id: int | None, at: str) -> tuple[Any, ...]:
    """The staged row of a candidate never seen before, as `_FRESH`."""
    row, problems, order = each.row, each.problems, each.order
    return (
        source_id,
        row.key,
        row.fingerprint,
        row.number,
        row.cells,
        _REJECTED if order is None else _IMPORTED,
        as_json(problems) if problems else "[]",
        _needs_look(each),
        None if order is None else order["id"],
        run_id,
        at,
        at,
    )


def _check_now() -> None:
    """Foreign keys are checked before the run is touched, not after: whoever writes its other rows waits for less."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _blocked_problem(reason: str, blocked_at: datetime | None) -> dict[str, Any]:
    since = f"{blocked_at.astimezone(CASABLANCA):%d/%m/%Y}" if blocked_at else "–"
    return {"row": 0, "field": "phone", "code": BLOCKED, "params": {"reason": reason, "since": since}}


def _needs_look(each: _Pending) -> bool:
    return each.order is not None and any(problem["code"] in _LOOK_CODES for problem in each.problems)
