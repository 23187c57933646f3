"""Two orders of one client that are one: merge them, say that they are two, or part them again."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Conflict, Invalid, NotFound
from commanda.kernel.transaction import unit_of_work
from commanda.orders.demand import demands_of
from commanda.orders.effects import promises_follow
from commanda.orders.locks import lock_orders
from commanda.orders.models import Order, OrderAttachment, OrderBilling, OrderComment
from commanda.orders.models.billing import PAID_OTHERWISE
from commanda.orders.services.annotate import MAX_COMMENT, MAX_TAGS
from commanda.orders.services.drafts import LineDraft, joined
from commanda.orders.services.edit import edit_order
from commanda.orders.services.transition import end_order, transition_order
from commanda.orders.statemachine import StateNode
from commanda.orders.workflow import current_graph
from commanda.stock.locks import lock_levels

MERGED: Final = "duplicate"
PARTED: Final = "to_confirm"
_FILLED: Final = ("customer_name", "phone2_e164", "city_id", "city_text", "address", "note", "promised_on")


def merge_orders(
    *, actor: Actor, keep_id: int, merge_id: int, take_lines: bool, expected: Mapping[int, str] | None = None
) -> Order:
    """Merge one order into another of the same client; returns the one that is kept.

    What the kept order lacks (name, second phone, city, address, note, date, billing) is taken over, comments, files
    and tags as well; with `take_lines` also the lines at their prices, the discount, and the higher delivery charge.
    The other order ends as a duplicate, gives its reserved units back and counts nowhere; its calls stay with it, but
    one that was promised is made for the kept one. `expected` are the states that the caller saw, by order.

    Locks both orders (and those flagged as duplicates of them) in id order, then the stock. Raises `NotFound`,
    `Invalid` for two clients, `Conflict` when one has left the house, is merged already, changed its state or its
    lines would be paid in another way, and what `edit_order` raises; nothing is changed then.
    """
    actor.require(Perm.ORDERS_EDIT)
    actor.require(Perm.ORDERS_ASSIGN)
    if keep_id == merge_id:
        raise Invalid(_("Choose two different orders."), field="keep", code="same_order")
    with unit_of_work():
        locked = _lock_with_flagged(actor, keep_id, merge_id)
        keep, merged = locked[keep_id], locked[merge_id]
        target = _check(keep, merged, expected or {})
        # Both touch the stock, one after the other: take its locks in one order.
        lock_levels({demand.variant_id for demand in demands_of([keep_id, merge_id])})
        billing = OrderBilling.objects.in_bulk([keep_id, merge_id])
        if take_lines:
            _refuse_two_ways_to_pay(billing.get(keep_id), billing.get(merge_id))
        lines = _joined(keep, merged) if take_lines else None
        promises_follow(actor, keep, merged)
        fields = _taken_over(keep, merged, take_lines=take_lines)
        agreed = frozenset((line.variant_id, line.unit_price_amount) for line in merged.lines.all())
        end_order(actor=actor, order=merged, to=target, reason_text=keep.reference)
        if fields or lines is not None:
            keep = edit_order(actor=actor, order_id=keep_id, fields=fields, lines=lines, agreed=agreed)
        _carry_over(keep, merged)
        if keep_id not in billing and merge_id in billing:
            billing[merge_id].pk = keep_id
            billing[merge_id].save(force_insert=True)
        _point_to(keep, merged, [order for pk, order in locked.items() if pk not in {keep_id, merge_id}])
        for order, name, key, other in (
            (merged, "order.merged", "merged_into", keep),
            (keep, "order.absorbed", "absorbed", merged),
        ):
            changes = {key: [None, other.reference]}
            record(actor=actor, name=name, subject="order", subject_id=order.pk, changes=changes)
    return keep


def keep_apart(*, actor: Actor, order_id: int) -> Order:
    """They are two orders: the mark of a possible duplicate goes for good, with an audit row on both."""
    actor.require(Perm.ORDERS_EDIT)
    actor.require(Perm.ORDERS_ASSIGN)
    with unit_of_work():
        found = lock_orders(actor, [order_id])
        if not found:
            raise NotFound
        order = found[0]
        other_id, order.possible_duplicate_of_id = order.possible_duplicate_of_id, None
        if other_id is None:
            return order
        order.updated_at = now()
        order.save(update_fields=["possible_duplicate_of", "updated_at"])
        other = Order.objects.only("reference").get(pk=other_id)
        for subject, told in ((order.pk, other.reference), (other_id, order.reference)):
            record(
                actor=actor,
                name="order.kept_apart",
                subject="order",
                subject_id=subject,
                changes={"not_the_same_as": [None, told]},
            )
    return order


def part_order(*, actor: Actor, order_id: int) -> Order:
    """Take back that an order was merged: it waits for a call again. The kept order stays as it is.

    Raises `Conflict` for an order that is not merged.
    """
    actor.require(Perm.ORDERS_EDIT)
    actor.require(Perm.ORDERS_ASSIGN)
    with unit_of_work():
        found = lock_orders(actor, [order_id])
        if not found:
            raise NotFound
        order = found[0]
        if order.merged_into_id is None:
            raise Conflict(_("This order is not merged."), code="not_merged")
        into = Order.objects.only("reference").get(pk=order.merged_into_id)
        order.merged_into_id = None
        order.save(update_fields=["merged_into"])
        record(
            actor=actor,
            name="order.parted",
            subject="order",
            subject_id=order.pk,
            changes={"merged_into": [into.reference, None]},
        )
        transition_order(actor=actor, order_id=order.pk, to=PARTED)
    return order


def _lock_with_flagged(actor: Actor, keep_id: int, merge_id: int) -> dict[int, Order]:
    """Both orders and those that are flagged as duplicates of the one that goes, by id."""
    phone = Order.objects.filter(pk=merge_id).values_list("phone_e164", flat=True).first()
    flagged = Order.objects.filter(phone_e164=phone, possible_duplicate_of_id=merge_id).values_list("pk", flat=True)
    locked = {order.pk: order for order in lock_orders(actor, {keep_id, merge_id, *flagged})}
    if not {keep_id, merge_id} <= set(locked):
        raise NotFound
    return locked


def _check(keep: Order, merged: Order, expected: Mapping[int, str]) -> StateNode:
    """Whether the two may be merged; gives the state of merged orders."""
    graph = current_graph()
    for order in (keep, merged):
        if order.pk in expected and graph.states[order.state_id].slug != expected[order.pk]:
            raise Conflict(
                _("The order %(reference)s is now in another state. Look at both again before you merge them."),
                code="state_changed",
                reference=order.reference,
            )
        if order.merged_into_id is not None:
            raise Conflict(
                _("The order %(reference)s is merged into another one already."),
                code="already_merged",
                reference=order.reference,
            )
        if not order.is_editable:
            raise Conflict(
                _("The order %(reference)s has left the house or has ended. Only orders before shipping are merged."),
                code="order_locked",
                reference=order.reference,
            )
    same_client = bool(_phones(keep) & _phones(merged))
    if not (same_client or keep.pk == merged.possible_duplicate_of_id or merged.pk == keep.possible_duplicate_of_id):
        raise Invalid(_("These are orders of two clients."), field="keep", code="two_clients")
    target = graph.by_slug.get(MERGED)
    if target is None:
        raise Conflict(
            _("The workflow has no state “%(state)s” for merged orders. Ask an administrator to add it."),
            code="no_duplicate_state",
            state=MERGED,
        )
    return target


def _refuse_two_ways_to_pay(*billing: OrderBilling | None) -> None:
    """What a client has transferred for one order's lines must not be asked of him at the door, nor the reverse."""
    if len({each.payment_method if each and each.payment_method in PAID_OTHERWISE else "" for each in billing}) > 1:
        raise Conflict(
            _("The two orders are paid in different ways. Merge them without the products, or keep them apart."),
            code="paid_differently",
        )


def _phones(order: Order) -> set[str]:
    return {phone for phone in (order.phone_e164, order.phone2_e164) if phone}


def _taken_over(keep: Order, merged: Order, *, take_lines: bool) -> dict[str, Any]:
    fields: dict[str, Any] = {
        name: getattr(merged, name) for name in _FILLED if not getattr(keep, name) and getattr(merged, name)
    }
    if take_lines:
        if merged.discount_amount:
            fields["discount_amount"] = keep.discount_amount + merged.discount_amount
        # One parcel, one delivery.
        if merged.delivery_amount > keep.delivery_amount:
            fields["delivery_amount"] = merged.delivery_amount
    return fields


def _joined(keep: Order, merged: Order) -> list[LineDraft]:
    """The lines of both; the same article at the same price is one line."""
    lines = [*keep.lines.all(), *merged.lines.all()]
    return joined(LineDraft(line.variant_id, line.quantity, line.unit_price_amount, line.is_upsell) for line in lines)


def _carry_over(keep: Order, merged: Order) -> None:
    """Comments and files are copied, so that both histories stay whole; tags are joined, as many as there may be."""
    originals = list(merged.comments.order_by("pk"))
    copies = OrderComment.objects.bulk_create(
        OrderComment(
            order_id=keep.pk,
            author_id=comment.author_id,
            text=f"[{merged.reference}] {comment.text}"[:MAX_COMMENT],
            created_at=comment.created_at,
        )
        for comment in originals
    )
    comment_ids = {old.pk: new.pk for old, new in zip(originals, copies, strict=True)}
    files = list(OrderAttachment.objects.filter(order_id=merged.pk, removed_at=None))
    for file in files:  # Two rows of one stored file: an order's files are put away, never deleted.
        file.pk, file.order_id, file.comment_id = uuid4(), keep.pk, comment_ids.get(file.comment_id or 0)
    OrderAttachment.objects.bulk_create(files)
    tags = [*keep.tags, *(tag for tag in merged.tags if tag not in keep.tags)][:MAX_TAGS]
    at = now()
    Order.objects.filter(pk=keep.pk).update(tags=tags, updated_at=at)
    Order.objects.filter(pk=merged.pk).update(merged_into_id=keep.pk, possible_duplicate_of=None, updated_at=at)
    keep.tags = tags


def _point_to(keep: Order, merged: Order, others: list[Order]) -> None:
    """What was flagged as a duplicate of the merged order is one of the kept order, which is none of itself."""
    Order.objects.filter(pk=keep.pk, possible_duplicate_of_id=merged.pk).update(possible_duplicate_of=None)
    Order.objects.filter(pk__in=[order.pk for order in others]).update(possible_duplicate_of_id=keep.pk)
