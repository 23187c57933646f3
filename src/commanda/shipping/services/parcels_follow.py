"""Parcels follow their orders: effect handler of `orders.effects.parcels_follow`."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

from django.db.models import Case, DecimalField, F, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce

from commanda.kernel.actor import Actor
from commanda.orders.effects import StageChange
from commanda.orders.models import Order
from commanda.orders.models.billing import PAID_OTHERWISE
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
            changes["cash_amount"] = cash_to_collect()
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


def cash_to_collect() -> Subquery:
    """What the carrier collects for the parcel's order: its total, nothing where it is paid by transfer or cheque."""
    return Subquery(Order.objects.filter(pk=OuterRef("order_id")).values(cash=_cash())[:1])


def cash_of_orders(order_ids: Collection[int]) -> dict[int, Decimal]:
    """The same for many orders, by id; one query."""
    return dict(Order.objects.filter(pk__in=order_ids).order_by().values_list("pk", _cash()))


def _cash() -> Case:
    paid = When(billing__payment_method__in=PAID_OTHERWISE, then=Value(Decimal(0)))
    return Case(paid, default=F("total_amount"), output_field=DecimalField())
