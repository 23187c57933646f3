"""What people add to an order: comments and tags."""

from collections.abc import Sequence
from typing import Any

from django.core.files.base import File
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record, record_many
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Invalid, NotFound
from commanda.kernel.live import changed
from commanda.kernel.transaction import unit_of_work
from commanda.orders.locks import lock_orders
from commanda.orders.mentions import mentionable, mentioned
from commanda.orders.models import CommentMention, Order, OrderComment
from commanda.orders.services.attachments import attach_files

MAX_COMMENT = 4000
MAX_TAGS = 20


def add_comment(*, actor: Actor, order_id: int, text: str, files: "Sequence[File[Any]]" = ()) -> OrderComment:
    """Add an internal note, with files if there are some; possible in every stage.

    Colleagues named as `@Name` who may see the order find it among their mentions. Raises `Invalid`, `NotFound`.
    """
    actor.require(Perm.ORDERS_EDIT)
    text = text.strip()
    if not text:
        raise Invalid(_("Type a comment."), field="text", code="empty_comment")
    if len(text) > MAX_COMMENT:
        raise Invalid(_("A comment has at most %(highest)s characters."), field="text", highest=MAX_COMMENT)
    with unit_of_work():
        order = Order.objects.visible_to(actor).filter(pk=order_id).first()
        if order is None:
            raise NotFound
        comment = OrderComment.objects.create(order_id=order_id, author_id=actor.user_id, text=text, created_at=now())
        record(actor=actor, name="order.commented", subject="order", subject_id=order_id)
        if "@" in text:
            people = mentioned(text, mentionable(actor, order))
            CommentMention.objects.bulk_create(CommentMention(comment=comment, user_id=pk) for pk in people)
            changed(subject="bell", entries=[(pk, {}) for pk in people], actor_id=None)
        if files:
            attach_files(actor=actor, order_id=order_id, files=files, comment_id=comment.pk)
    return comment


def read_mentions(*, actor: Actor, mention_ids: Sequence[int] | None = None) -> int:
    """Mark own mentions as read, all of them without ids; returns how many were unread."""
    if actor.user_id is None:
        return 0
    mentions = CommentMention.objects.filter(user_id=actor.user_id, read_at=None)
    if mention_ids is not None:
        mentions = mentions.filter(pk__in=mention_ids)
    with unit_of_work():
        changed(subject="bell", entries=[(actor.user_id, {})], actor_id=None)
        return mentions.update(read_at=now())


def tag_orders(
    *, actor: Actor, order_ids: Sequence[int], add: Sequence[str] = (), remove: Sequence[str] = ()
) -> list[int]:
    """Add and remove tags on the orders the actor may see; returns the ids of those changed."""
    actor.require(Perm.ORDERS_EDIT)
    adding = [tag.strip()[:40] for tag in add if tag.strip()]
    with unit_of_work():
        changed: list[Order] = []
        entries = []
        for order in lock_orders(actor, order_ids):
            tags = [tag for tag in order.tags if tag not in remove]
            tags += [tag for tag in adding if tag not in tags]
            if len(tags) > MAX_TAGS:
                raise Invalid(_("An order has at most %(highest)s tags."), field="tags", highest=MAX_TAGS)
            if tags != order.tags:
                entries.append((order.pk, {"tags": [order.tags, tags]}))
                order.tags = tags
                changed.append(order)
        Order.objects.bulk_update(changed, ["tags"])
        record_many(actor=actor, name="order.tagged", subject="order", entries=entries)
    return [order.pk for order in changed]
