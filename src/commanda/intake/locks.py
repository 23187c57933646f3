"""The only place that locks sources and staged rows."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.utils.translation import gettext_lazy as _

from commanda.intake.models import Mending, Source, StagedRow
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Conflict, NotFound
from commanda.kernel.locks import alone, held

_SPACE = 7_201_302
_WRITE_SPACE = 7_201_303


class AlreadyRunning(Conflict):
    """Another import of the same source is under way."""

    code = "already_running"
    is_retryable = True
    default_text = _("An import of this source is running already. Wait until it is done: its rows are being taken in.")


class AlreadyWriting(Conflict):
    """Somebody writes back to the sheet of the same source."""

    code = "already_writing"
    is_retryable = True
    default_text = _("The sheet of this source is being written to already. Wait until it is done.")


@contextmanager
def only_import_of(source_id: int) -> Iterator[None]:
    """Run as the only import of a source on all machines; raises `AlreadyRunning` at once otherwise.

    Held across transactions, because an import commits chunk by chunk.
    """
    with alone(_SPACE, source_id, AlreadyRunning):
        yield


@contextmanager
def only_write_back_of(source_id: int) -> Iterator[None]:
    """Write to a source's sheet as the only one on all machines; raises `AlreadyWriting` at once otherwise.

    Imports go on meanwhile: they never read what is written.
    """
    with alone(_WRITE_SPACE, source_id, AlreadyWriting):
        yield


def sources_being_read() -> set[int]:
    """The sources whose import is under way now, on whatever machine."""
    return held(_SPACE)


def lock_source(source_id: int) -> Source | None:
    """Lock one source until the transaction ends; None when it is gone."""
    return Source.objects.filter(pk=source_id).select_for_update(no_key=True, of=("self",)).first()


def get_locked(source_id: int) -> Source:
    """Lock one source until the transaction ends. Raises `NotFound`."""
    source = lock_source(source_id)
    if source is None:
        raise NotFound
    return source


def lock_rows(row_ids: Collection[int]) -> list[StagedRow]:
    """Lock staged rows in id order until the transaction ends; rows that are gone are left out."""
    return list(StagedRow.objects.filter(pk__in=row_ids).order_by("pk").select_for_update(no_key=True, of=("self",)))


def lock_row(actor: Actor, row_id: int) -> StagedRow:
    """Lock one staged row. Raises `NotFound` when the actor may not see it."""
    rows = StagedRow.objects.visible_to(actor).filter(pk=row_id)
    row = rows.select_related("source").select_for_update(no_key=True, of=("self",)).first()
    if row is None:
        raise NotFound
    return row


def lock_mending(actor: Actor, mending_id: int) -> Mending:
    """Lock an act on many rows. Raises `NotFound` when the actor may not see it."""
    mending = Mending.objects.visible_to(actor).filter(pk=mending_id).select_for_update(no_key=True).first()
    if mending is None:
        raise NotFound
    return mending
