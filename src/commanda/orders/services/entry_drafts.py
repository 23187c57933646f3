"""Unfinished entries: kept as they are typed, taken up again, dismantled when nobody comes back."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Invalid, NotFound
from commanda.kernel.transaction import unit_of_work
from commanda.orders.locks import lock_entry_draft, lock_old_drafts
from commanda.orders.models import EntryDraft, OrderAttachment, OrderType
from commanda.orders.services.attachments import forget_files

MAX_BYTES = 200_000
MAX_DRAFTS = 50
Fields = dict[str, list[str]]


def open_draft(
    *, actor: Actor, order_type_id: int, is_quick: bool = False, step: str = "", draft_id: UUID | None = None
) -> EntryDraft:
    """A new, empty draft of the actor, under a fresh id or the one the page was given.

    Raises `NotFound` for an unknown type and an id that is taken, `Invalid` at more than fifty drafts.
    """
    actor.require(Perm.ORDERS_CREATE)
    if actor.user_id is None:
        raise Invalid(_("Only a person enters orders."))
    if not OrderType.objects.filter(pk=order_type_id, is_active=True).exists():
        raise NotFound
    with unit_of_work():
        if EntryDraft.objects.visible_to(actor).count() >= MAX_DRAFTS:
            raise Invalid(_("You have fifty unfinished orders. Finish or discard some first."), code="too_many_drafts")
        if draft_id is not None and EntryDraft.objects.filter(pk=draft_id).exists():
            raise NotFound
        at = now()
        return EntryDraft.objects.create(
            pk=draft_id or uuid4(),
            user_id=actor.user_id,
            order_type_id=order_type_id,
            is_quick=is_quick,
            step=step,
            created_at=at,
            updated_at=at,
        )


def save_draft(
    *, actor: Actor, draft_id: UUID, step: str, fields: Fields, title: str = "", next_step: str = ""
) -> EntryDraft:
    """Keep what stands in the form of a step, right or wrong; the other steps stay. Locks the draft.

    Raises `NotFound` when it is gone or another person's, `Invalid` when it is larger than any order could be.
    """
    actor.require(Perm.ORDERS_CREATE)
    kept = {name: [value.replace("\x00", "") for value in values] for name, values in fields.items()}
    if len(json.dumps(kept)) > MAX_BYTES:
        raise Invalid(_("This is too much text for one order. Make it shorter."), code="too_large")
    with unit_of_work():
        draft = lock_entry_draft(actor, draft_id)
        draft.data = {**draft.data, step: kept}
        draft.step = next_step or step
        draft.title = (title or draft.title).replace("\x00", "")[:200]
        draft.updated_at = now()
        draft.save(update_fields=["data", "step", "title", "updated_at"])
    return draft


def discard_draft(*, actor: Actor, draft_id: UUID) -> None:
    """Throw an own draft away with its files. Raises `NotFound`."""
    with unit_of_work():
        _drop([lock_entry_draft(actor, draft_id)])


def drop_old_drafts(*, days: int) -> int:
    """Dismantle the drafts nobody has touched for so many days; returns how many. Locks them."""
    with unit_of_work():
        old = lock_old_drafts(now() - timedelta(days=days), limit=1000)
        _drop(old)
    return len(old)


def _drop(drafts: list[EntryDraft]) -> None:
    ids: list[Any] = [draft.pk for draft in drafts]
    forget_files(list(OrderAttachment.objects.filter(draft_id__in=ids)))
    EntryDraft.objects.filter(pk__in=ids).delete()
