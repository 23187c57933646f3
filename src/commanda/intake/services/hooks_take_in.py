"""Take in what was sent to a source's address: by the same way as everything else."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import structlog
from django.db import InterfaceError, OperationalError

from commanda.accounts.permissions import Perm
from commanda.intake.deliveries import read_delivery
from commanda.intake.failures import remembered
from commanda.intake.locks import only_import_of
from commanda.intake.mapping import Mapping
from commanda.intake.models import HookDelivery, ImportRun, Source
from commanda.intake.readers.hook_reader import HookReader
from commanda.intake.sent_names import guess_sent
from commanda.intake.services.read_source import first_rows, stored_mapping
from commanda.intake.services.run_import import execute
from commanda.intake.services.set_mapping import set_mapping
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import CommandaError, NotFound
from commanda.kernel.transaction import unit_of_work

Status = HookDelivery.Status
# So many deliveries, and so much text, are taken in together at most.
TOGETHER: Final = 200
_MOST_TEXT: Final = 16 * 1024 * 1024
KEPT: Final = timedelta(days=30)

log = structlog.get_logger(__name__)


def take_in_deliveries(*, actor: Actor, source_id: int) -> ImportRun | None:
    """Take in all that waits, in the order in which it was signed; None when there was nothing to do.

    While nobody can say which column is the phone and which the product, deliveries wait; the first mapping that can
    be guessed from their names is kept. A paused source lets them wait, too. Several deliveries are one run. A
    delivery that cannot be taken in alone fails with its reason and stops no other. Raises `AlreadyRunning` and other
    passing troubles: the deliveries then wait for the next time.
    """
    actor.require(Perm.INTAKE_MANAGE)
    run: ImportRun | None = None
    while True:
        source = Source.objects.filter(pk=source_id, kind=Source.Kind.HOOK, is_active=True).first()
        if source is None or not source.deliveries.filter(status=Status.WAITING).exists():
            return run
        # What is looked up here is what is taken in: a later word that somebody else takes in between stays the last.
        with only_import_of(source_id):
            waiting = _waiting(source)
            mapping = _mapping(actor, source, waiting) if waiting else None
            if mapping is None:
                return run
            run = _take_in(actor, source, mapping, waiting) or run
        if run is not None and run.status == ImportRun.Status.CANCELLED:
            return run


def retry_delivery(*, actor: Actor, source_id: int, delivery_id: int) -> HookDelivery:
    """Let a failed delivery wait again. Raises `NotFound`."""
    actor.require(Perm.INTAKE_MANAGE)
    with unit_of_work():
        found = HookDelivery.objects.filter(pk=delivery_id, source=source_id)
        found.filter(status=Status.FAILED).update(status=Status.WAITING, error_code="", error_params={})
        delivery = found.first()
    if delivery is None:
        raise NotFound
    return delivery


def drop_old_deliveries() -> int:
    """Remove what was taken in 30 days ago: the rows themselves are kept; returns how many."""
    old = HookDelivery.objects.filter(status=Status.DONE, processed_at__lt=now() - KEPT)
    return old.delete()[0]


def _waiting(source: Source) -> list[HookDelivery]:
    """What is next, with what was taken in already although it was signed later: the later one tells again."""
    found: list[HookDelivery] = []
    size = 0
    for delivery in HookDelivery.objects.filter(source=source, status=Status.WAITING).order_by("sent_at", "pk")[
        :TOGETHER
    ]:
        size += len(delivery.body)
        if found and size > _MOST_TEXT:
            break
        found.append(delivery)
    if not found or found[0].sent_at is None:
        return found
    overtaken = HookDelivery.objects.filter(source=source, status=Status.DONE, sent_at__gt=found[0].sent_at)
    return sorted([*found, *overtaken[:TOGETHER]], key=lambda each: (each.sent_at or each.received_at, each.pk))


def _mapping(actor: Actor, source: Source, waiting: Sequence[HookDelivery]) -> Mapping | None:
    """The source's mapping, or the one that can be guessed now, which is kept."""
    stored = stored_mapping(source)
    if stored is not None:
        return stored
    guessed = guess_sent(first_rows(_reader(waiting, None)))
    by_content_only = any(note.code == "no_header" for note in guessed.notes)
    if by_content_only or guessed.missing:
        return None
    set_mapping(actor=actor, source_id=source.pk, mapping=guessed)
    return guessed


def _reader(deliveries: Sequence[HookDelivery], mapping: Mapping | None) -> HookReader:
    return HookReader([read_delivery(delivery.body).rows for delivery in deliveries], mapping)


def _take_in(actor: Actor, source: Source, mapping: Mapping, deliveries: list[HookDelivery]) -> ImportRun | None:
    try:
        run, _outcome = execute(
            actor=actor,
            source_id=source.pk,
            reader=_reader(deliveries, mapping),
            trigger=ImportRun.Trigger.HOOK,
            mapping=mapping,
        )
    except Exception as error:
        if _passes(error):
            raise
        return _one_by_one(actor, source, mapping, deliveries, error)
    if run.status == ImportRun.Status.DONE:
        _settle(deliveries, run)
    return run


def _one_by_one(
    actor: Actor, source: Source, mapping: Mapping, deliveries: list[HookDelivery], error: Exception
) -> ImportRun | None:
    """One of them cannot be taken in: find which, so that it stops no other."""
    if len(deliveries) == 1:
        code, params = remembered(error)
        HookDelivery.objects.filter(pk=deliveries[0].pk, status=Status.WAITING).update(
            status=Status.FAILED, processed_at=now(), error_code=code, error_params=params
        )
        if not isinstance(error, CommandaError):
            log.error("delivery_failed", source_id=source.pk, delivery_id=deliveries[0].pk, exc_info=error)
        return None
    runs = [_take_in(actor, source, mapping, [delivery]) for delivery in deliveries]
    return next((run for run in reversed(runs) if run is not None), None)


def _settle(deliveries: list[HookDelivery], run: ImportRun) -> None:
    ids = [delivery.pk for delivery in deliveries]
    HookDelivery.objects.filter(pk__in=ids).exclude(status=Status.DONE).update(
        status=Status.DONE, run=run, processed_at=now(), error_code="", error_params={}
    )


def _passes(error: Exception) -> bool:
    """Whether the same may work a little later."""
    if isinstance(error, CommandaError):
        return error.is_retryable
    return isinstance(error, OperationalError | InterfaceError)
