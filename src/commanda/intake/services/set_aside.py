"""Set waiting rows aside with a reason, and take that back."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record_many
from commanda.intake.locks import lock_row
from commanda.intake.models import StagedRow
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Conflict, Invalid
from commanda.kernel.text import shorten, strip_marks
from commanda.kernel.transaction import unit_of_work

Status = StagedRow.Status


def ignore_row(*, actor: Actor, row_id: int, reason: str) -> StagedRow:
    """Set a row aside with a reason: it stays as it was read and is never imported by itself."""
    actor.require(Perm.INTAKE_MANAGE)
    reason = checked_reason(reason)
    with unit_of_work():
        staged = lock_row(actor, row_id)
        if staged.status == Status.IMPORTED:
            raise Conflict(_("This row has been imported meanwhile."), code="row_imported")
        put_aside(actor, [staged], reason)
    return staged


def reopen_row(*, actor: Actor, row_id: int) -> StagedRow:
    """Take back that a row was set aside, or that it went out of its sheet: it waits again."""
    actor.require(Perm.INTAKE_MANAGE)
    with unit_of_work():
        staged = lock_row(actor, row_id)
        if staged.status in {Status.IGNORED, Status.GONE}:
            take_back(actor, [staged])
    return staged


def checked_reason(text: str) -> str:
    """A reason as it is kept. Raises `Invalid` when there is none."""
    reason = shorten(strip_marks(text), 200)
    if not reason:
        raise Invalid(_("Say why this row is not needed."), field="reason", code="reason_needed")
    return reason


def put_aside(actor: Actor, rows: Sequence[StagedRow], reason: str) -> None:
    """Set locked rows aside."""
    _write(actor, rows, Status.IGNORED, reason, "row.ignored")


def take_back(actor: Actor, rows: Sequence[StagedRow]) -> None:
    """Let locked rows wait again."""
    _write(actor, rows, Status.REJECTED, "", "row.reopened")


def _write(actor: Actor, rows: Sequence[StagedRow], status: str, reason: str, event: str) -> None:
    at = now()
    for row in rows:
        row.status, row.ignored_reason, row.updated_at = status, reason, at
    ids = [row.pk for row in rows]
    StagedRow.objects.filter(pk__in=ids).update(status=status, ignored_reason=reason, updated_at=at)
    record_many(actor=actor, name=event, subject="staged_row", entries=[(pk, {}) for pk in ids], reason=reason)
