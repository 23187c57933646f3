"""Files of orders: proofs of payment and whatever belongs to an order."""

from collections.abc import Sequence
from functools import partial
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile, File
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record, record_many
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Invalid, NotFound
from commanda.kernel.text import shorten, strip_marks
from commanda.kernel.transaction import unit_of_work
from commanda.orders.attachment_content import MAX_BYTES, content_type_of
from commanda.orders.locks import lock_entry_draft, lock_order
from commanda.orders.models import OrderAttachment

MAX_FILES = 20


def attach_to_order(
    *, actor: Actor, order_id: int, file: "File[Any]", kind: str = OrderAttachment.Kind.FILE
) -> OrderAttachment:
    """Keep a PDF or a picture with an order, in any stage. Locks the order.

    Raises `Invalid` for another content, more than 10 MB or more than 20 files, and `NotFound`.
    """
    return attach_files(actor=actor, order_id=order_id, files=[file], kind=kind)[0]


def attach_files(
    *,
    actor: Actor,
    order_id: int,
    files: "Sequence[File[Any]]",
    kind: str = OrderAttachment.Kind.FILE,
    comment_id: int | None = None,
) -> list[OrderAttachment]:
    """Keep all of these files with an order, or none; those of a comment stand beside it. Like `attach_to_order`."""
    actor.require(Perm.ORDERS_EDIT)
    contents = [_read(file) for file in files]
    with unit_of_work():
        order = lock_order(actor, order_id)
        _refuse_too_many(OrderAttachment.objects.filter(order=order, removed_at=None).count() + len(files) - 1)
        attachments = [
            _keep(actor, file, data, content_type, kind, order_id=order.pk, comment_id=comment_id)
            for file, (data, content_type) in zip(files, contents, strict=True)
        ]
        entries = [(order.pk, {"kind": str(kind)}) for _file in files]
        record_many(actor=actor, name="order.attached", subject="order", entries=entries)
    return attachments


def attach_to_draft(
    *, actor: Actor, draft_id: UUID, file: "File[Any]", kind: str = OrderAttachment.Kind.PROOF
) -> OrderAttachment:
    """Keep a file with an own unfinished entry; it goes over to the order. Raises as `attach_to_order` does."""
    actor.require(Perm.ORDERS_CREATE)
    data, content_type = _read(file)
    with unit_of_work():
        draft = lock_entry_draft(actor, draft_id)
        _refuse_too_many(OrderAttachment.objects.filter(draft=draft).count())
        return _keep(actor, file, data, content_type, kind, draft_id=draft.pk)


def remove_attachment(*, actor: Actor, attachment_id: UUID, reason: str = "") -> None:
    """Remove a file of an own draft, or of an order by those who may edit it.

    A draft's file is deleted. An order's file is only put away, with who, when and why: proofs are not destroyed.
    Raises `NotFound`, and `Invalid` when the reason is missing.
    """
    with unit_of_work():
        attachment = OrderAttachment.objects.visible_to(actor).filter(pk=attachment_id).first()
        if attachment is None:
            raise NotFound
        if attachment.order_id is None:
            actor.require(Perm.ORDERS_CREATE)
            forget_files([attachment])
            attachment.delete()
        else:
            actor.require(Perm.ORDERS_EDIT)
            _put_away(actor, attachment, attachment.order_id, reason.strip())


def _put_away(actor: Actor, attachment: OrderAttachment, order_id: int, reason: str) -> None:
    if not reason:
        raise Invalid(_("Say why the file is removed."), field="reason", code="reason_needed")
    lock_order(actor, order_id)
    is_new = OrderAttachment.objects.filter(pk=attachment.pk, removed_at=None).update(
        removed_at=now(), removed_by_id=actor.user_id
    )
    if is_new:
        record(
            actor=actor,
            name="order.detached",
            subject="order",
            subject_id=order_id,
            changes={"kind": attachment.kind},
            reason=reason[:500],
        )


def forget_files(attachments: list[OrderAttachment]) -> None:
    """Delete the files themselves once the transaction has committed: an undone one keeps them."""
    for attachment in attachments:
        transaction.on_commit(partial(attachment.file.storage.delete, str(attachment.file.name)))


def _read(file: "File[Any]") -> tuple[bytes, str]:
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Invalid(_("The file is larger than 10 MB. Make it smaller and choose it again."), field="proof")
    content_type = content_type_of(data)
    if content_type is None:
        raise Invalid(
            _("This file cannot be read. Choose a PDF, JPEG, PNG or WebP."), field="proof", code="unknown_content"
        )
    return data, content_type


def _refuse_too_many(number: int) -> None:
    if number >= MAX_FILES:
        raise Invalid(_("There are at most %(highest)s files. Remove one first."), field="proof", highest=MAX_FILES)


def _keep(actor: Actor, file: "File[Any]", data: bytes, content_type: str, kind: str, **owner: Any) -> OrderAttachment:
    name = shorten(strip_marks(PurePath((file.name or "").replace("\\", "/")).name), 200)
    attachment = OrderAttachment(
        kind=kind,
        name=name or "?",
        content_type=content_type,
        size=len(data),
        uploaded_by_id=actor.user_id,
        created_at=now(),
        **owner,
    )
    attachment.file.save(attachment.name, ContentFile(data), save=False)
    attachment.save(force_insert=True)
    return attachment
