"""What people add to an order: comments and tags."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record, record_many
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Invalid, NotFound
from commanda.kernel.transaction import unit_of_work
from commanda.orders.locks import lock_orders
from commanda.orders.models import Order, OrderComment

MAX_COMMENT = 4000
MAX_TAGS = 20


def add_comment(*, actor: Actor, order_id: int, text: str) -> OrderComment:
    """Add an internal note; possible in every stage."""
    actor.require(Perm.ORDERS_EDIT)
    text = text.strip()
    if not text:
        raise Invalid(_("Type a comment."), field="text", code="empty_comment")
    if len(text) > MAX_COMMENT:
        raise Invalid(_("A comment has at most %(highest)s characters."), field="text", highest=MAX_COMMENT)
    with unit_of_work():
        if not Order.objects.visible_to(actor).filter(pk=order_id).exists():
            raise NotFound
        comment = OrderComment.objects.create(order_id=order_id, author_id=actor.user_id, text=text, created_at=now())
        record(actor=actor, name="order.commented", subject="order", subject_id=order_id)
    return comment


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
