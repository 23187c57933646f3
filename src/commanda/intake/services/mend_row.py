"""Mend waiting rows, one or a page of them, and try them again."""

from collections.abc import Mapping as Typed
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record_many
from commanda.intake.cleaning import CleaningContext
from commanda.intake.drafting import load_context
from commanda.intake.locks import lock_rows
from commanda.intake.mapping import Mapping
from commanda.intake.models import Source, StagedRow
from commanda.intake.rows import cleaning_context
from commanda.intake.services.fixing import Fix, correct
from commanda.intake.services.outcome import Outcome
from commanda.intake.services.read_source import stored_mapping
from commanda.intake.services.run_import import as_importer
from commanda.intake.services.write_rows import WRITTEN, Writer
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Busy, CommandaError, Conflict, Invalid, NotFound
from commanda.kernel.transaction import unit_of_work

Status = StagedRow.Status
AT_ONCE: Final = 200
_SAVED: Final = [name.removesuffix("_id") for name in (*WRITTEN, "ignored_reason")]


@dataclass(frozen=True, slots=True)
class Mended:
    """What came of one row: an order (`row.status` is imported), still waiting, or not touched for `error`."""

    row_id: int
    row: StagedRow | None = None
    error: CommandaError | None = None

    @property
    def is_imported(self) -> bool:
        return self.error is None and self.row is not None and self.row.status == Status.IMPORTED


def mend_row(*, actor: Actor, row_id: int, fixes: Typed[int, Fix]) -> StagedRow:
    """Put corrections in the place of cells and try the row again, this row only.

    `fixes` go by the place (from 0) of the row among those of its order. The row comes back imported with its order,
    or still waiting with what is wrong now; the cells as they were read stay. Raises `NotFound`, `Conflict` when it
    was imported meanwhile, and `Invalid` for a field that does not exist.
    """
    (mended,) = mend_rows(actor=actor, fixes={row_id: fixes})
    if mended.error is not None:
        raise mended.error
    if mended.row is None:
        raise NotFound
    return mended.row


def mend_rows(*, actor: Actor, fixes: Typed[int, Typed[int, Fix]]) -> list[Mended]:
    """Mend up to 200 rows; each is tried again and has its own result, in the order given.

    Locks the rows in id order. What one row teaches (a product's name, a city) counts for all of them.
    """
    actor.require(Perm.INTAKE_MANAGE)
    if len(fixes) > AT_ONCE:
        raise Invalid(_("At most %(highest)s rows at once."), field="rows", code="too_many_rows", highest=AT_ONCE)
    found: dict[int, Mended] = {pk: Mended(pk, error=NotFound()) for pk in fixes}
    with unit_of_work():
        for source, rows in by_source(lock_rows(list(fixes))):
            cleaning = _cleaning(source)
            ready = []
            for row in rows:
                error = _correct_one(actor, row, fixes[row.pk], cleaning)
                found[row.pk] = Mended(row.pk, None if error else row, error)
                if error is None:
                    ready.append(row)
            try_again(actor, source, ready)
        _note_mended(actor, [each.row for each in found.values() if each.row is not None])
    return [found[pk] for pk in fixes]


def by_source(rows: Sequence[StagedRow]) -> list[tuple[Source, list[StagedRow]]]:
    """Locked rows with their sources set, in id order within each."""
    sources = Source.objects.select_related("store").in_bulk({row.source_id for row in rows})
    groups: dict[int, list[StagedRow]] = {}
    for row in rows:
        row.source = sources[row.source_id]
        groups.setdefault(row.source_id, []).append(row)
    return [(sources[pk], group) for pk, group in groups.items()]


def try_again(actor: Actor, source: Source, rows: Sequence[StagedRow]) -> Outcome:
    """Try locked rows of one source again as they are stored, with their corrections, and write what came of them."""
    outcome = Outcome()
    if not rows:
        return outcome
    for row in rows:
        row.status, row.ignored_reason = Status.REJECTED, ""
    # Read anew: what has just been learnt counts.
    context = load_context(source)
    cleaning = cleaning_context(stored_mapping(source) or Mapping({}), context)
    Writer(as_importer(actor), source, None, context, cleaning).retry(rows, outcome)
    StagedRow.objects.bulk_update(rows, _SAVED, batch_size=AT_ONCE)
    return outcome


def _cleaning(source: Source) -> CleaningContext:
    return cleaning_context(stored_mapping(source) or Mapping({}), load_context(source))


def _correct_one(
    actor: Actor, row: StagedRow, fixes: Typed[int, Fix], cleaning: CleaningContext
) -> CommandaError | None:
    if row.status == Status.IMPORTED:
        return Conflict(_("This row has been imported meanwhile."), code="row_imported")
    try:
        with transaction.atomic():  # what one row has taught in vain must not undo the others
            correct(actor, row, fixes, cleaning)
    except Busy:
        raise
    except CommandaError as error:
        return error
    return None


def _note_mended(actor: Actor, rows: Sequence[StagedRow]) -> None:
    record_many(
        actor=actor,
        name="row.mended",
        subject="staged_row",
        entries=[
            (row.pk, {"fields": sorted({name for texts in row.corrections.values() for name in texts})}) for row in rows
        ],
    )
