"""Parcels follow their orders: effect handler of `orders.effects.parcels_follow`."""

from collections import defaultdict
from datetime import datetime

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from commanda.kernel.actor import Actor
from commanda.orders.effects import StageChange
from commanda.orders.models import Order
from commanda.orders.stages import Stage
from commanda.shipping.models import Parcel

# Stages in which an order can have a parcel under way; a change from any other stage concerns none.
WITH_PARCEL = frozenset({Stage.CONFIRMED, Stage.SHIPPED, Stage.DELIVERED, Stage.RETURNED})
Status = Parcel.Status


def follow_stages(actor: Actor, changes: list[StageChange]) -> None:
    """Bring the current parcels in line with their orders' new stages, whoever moved the orders.

    At most one statement per kind of move, none when no order can have a parcel. The orders are locked.
    """
    by_move: dict[tuple[Stage, Stage], list[StageChange]] = defaultdict(list)
    for change in changes:
        if change.old_stage in WITH_PARCEL:
            by_move[change.old_stage, change.new_stage].append(change)
    for (old_stage, new_stage), group in by_move.items():
        _follow([change.order_id for change in group], old_stage, new_stage, group[0].at)


def _follow(order_ids: list[int], old_stage: Stage, new_stage: Stage, at: datetime) -> None:
    parcels = Parcel.objects.filter(order_id__in=order_ids, is_current=True)
    if new_stage == Stage.SHIPPED:
        changes = {"status": Status.SHIPPED, "shipped_at": Coalesce("shipped_at", at), "closed_at": None}
        if old_stage == Stage.CONFIRMED:
            # The order may have been edited since the parcel was prepared.
            changes["cash_amount"] = order_total()
        parcels.update(**changes)
    elif new_stage == Stage.DELIVERED:
        parcels.update(status=Status.DELIVERED, closed_at=at)
    elif new_stage == Stage.RETURNED:
        parcels.update(status=Status.RETURNED, closed_at=at)
    elif old_stage == Stage.RETURNED:
        # It did come back; only the next parcel is another one.
        parcels.update(is_current=False)
    else:
        parcels.update(status=Status.WITHDRAWN, is_current=False, closed_at=at)


def order_total() -> Subquery:
    """The parcel's order's total: the cash to collect."""
    return Subquery(Order.objects.filter(pk=OuterRef("order_id")).values("total_amount")[:1])
