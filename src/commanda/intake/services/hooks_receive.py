"""Keep what was sent to a source's address: stored raw, answered at once, taken in afterwards."""

import hashlib
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.intake.deliveries import Delivery, read_delivery, verify
from commanda.intake.jobs import queue_reading
from commanda.intake.models import HookDelivery, Source
from commanda.intake.services.hooks import secret_of
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Conflict, Invalid, NotFound
from commanda.kernel.transaction import unit_of_work

_LONGEST_ID: Final = 90
CHANGED: Final = "changed"
PING: Final = "ping"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer: the delivery's id ("" for an event, which is not kept), and whether it is new."""

    delivery_id: str
    is_new: bool


def receive_delivery(*, actor: Actor, hook_id: UUID, signature: str, delivery_id: str, body: bytes) -> Receipt:
    """Store a signed body and ask the worker to take it in, in one transaction; the same delivery again is known.

    `delivery_id` is the sender's own id of the delivery, else the digest of the body at its time stamp is it. A
    source that is read by ourselves takes the event "changed" only, and is read at once. While a source is paused
    deliveries are kept and wait. Raises `NotFound` for an unknown address, `BadSignature`, `BadDelivery`, and
    `Conflict` `delivery_reused` for another body under an id that is known.
    """
    actor.require(Perm.INTAKE_MANAGE)
    source = Source.objects.filter(hook_id=hook_id).first()
    if source is None:
        raise NotFound(_("There is no such address. Copy it again from the source's page."))
    sent_at = verify(signature, secret_of(source), body, now())
    delivery = read_delivery(body)
    if delivery.event or source.kind != Source.Kind.HOOK:
        return _note_event(source, delivery)
    identity = _identity(delivery_id, signature, body)
    text = body.decode("utf-8-sig")
    with unit_of_work():
        kept, is_new = HookDelivery.objects.get_or_create(
            source=source, delivery_id=identity, defaults={"body": text, "received_at": now(), "sent_at": sent_at}
        )
        if not is_new and kept.body != text:
            raise Conflict(
                _("Another delivery had this id already. Give each delivery an id of its own."), code="delivery_reused"
            )
        if is_new and source.is_active:
            queue_reading(source.pk)
    return Receipt(identity, is_new)


def _note_event(source: Source, delivery: Delivery) -> Receipt:
    if delivery.event == PING:
        return Receipt("", is_new=False)
    if source.kind == Source.Kind.HOOK:
        raise Invalid(_("Send rows to this address: it knows no other event than “ping”."), code="unknown_event")
    if delivery.event != CHANGED:
        raise Invalid(
            _("We read this sheet ourselves. Send {\"event\": \"changed\"} and no rows."), code="rows_not_wanted"
        )  # fmt: skip
    if source.is_polled:
        queue_reading(source.pk)
    return Receipt("", is_new=source.is_polled)


def _identity(delivery_id: str, signature: str, body: bytes) -> str:
    """What the delivery is known by, within 100 characters. A sender's id and our digest can never be equal."""
    told = " ".join(delivery_id.split())
    if not told:
        moment = next(part for part in signature.split(",") if part.strip().startswith("t=")).strip()
        return "b:" + hashlib.blake2b(f"{moment}.".encode() + body, digest_size=20).hexdigest()
    if len(told) > _LONGEST_ID or not told.isprintable():
        return "d:" + hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()
    return told if not told.startswith(("b:", "d:")) else f"i:{told}"
