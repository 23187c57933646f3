"""Orders that look like another one of the same client, side by side."""

from django.db.models import Prefetch, Q, QuerySet

from commanda.kernel.actor import Actor
from commanda.orders.models import Order, OrderLine
from commanda.orders.stages import ENDS, Stage

# A draft nobody has sent off yet is compared with nothing; an ended order needs no decision any more.
OPEN = tuple(stage for stage in Stage if stage not in ENDS and stage is not Stage.DRAFT)


def open_pairs(actor: Actor, reference: str = "") -> QuerySet[Order]:
    """Flagged orders whose original is open as well (`possible_duplicate_of`), with what is compared of both.

    With `reference` only the pairs of that order. A constant number of queries.
    """
    lines = OrderLine.objects.order_by("id")
    related = [
        f"{side}{name}"
        for side in ("", "possible_duplicate_of__")
        for name in ("state", "city", "assignee", "store", "customer")
    ]
    rows = (
        _open(actor)
        .select_related("possible_duplicate_of", *related)
        .prefetch_related(Prefetch("lines", lines), Prefetch("possible_duplicate_of__lines", lines))
        .order_by("-id")
    )
    if reference:
        wanted = reference.upper()
        rows = rows.filter(Q(reference=wanted) | Q(possible_duplicate_of__reference=wanted))
    return rows


def open_pairs_number(actor: Actor) -> int:
    """How many pairs wait for a decision; one query."""
    return _open(actor).count()


def merged_into(actor: Actor, order: Order) -> list[Order]:
    """The orders that were merged into this one."""
    return list(Order.objects.visible_to(actor).filter(merged_into=order).only("reference").order_by("pk"))


def kept_reference(actor: Actor, order: Order) -> str:
    """The reference of the order that this one was merged into, if the actor may see it."""
    if order.merged_into_id is None:
        return ""
    kept = Order.objects.visible_to(actor).filter(pk=order.merged_into_id)
    return kept.values_list("reference", flat=True).first() or ""


def _open(actor: Actor) -> QuerySet[Order]:
    visible = Order.objects.visible_to(actor)
    return visible.filter(
        possible_duplicate_of__isnull=False,
        stage__in=OPEN,
        possible_duplicate_of__stage__in=OPEN,
        possible_duplicate_of__in=Order.objects.visible_to(actor),
    )
