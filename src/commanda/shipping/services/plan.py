"""Which parcel each order gets: decided for many orders with two queries, written with two."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commanda.audit.services import record_many
from commanda.kernel.actor import Actor
from commanda.kernel.errors import CommandaError, Conflict, Invalid
from commanda.kernel.transaction import unit_of_work
from commanda.orders.models import Order
from commanda.orders.stages import Stage
from commanda.shipping.models import Carrier, Parcel
from commanda.shipping.services.parcels_follow import cash_of_orders
from commanda.shipping.tracking import normal_number

Status = Parcel.Status
WRITTEN = (
    "carrier",
    "tracking_number",
    "cash_amount",
    "status",
    "status_text",
    "is_current",
    "manifest",
    "shipped_at",
    "closed_at",
)


@dataclass(frozen=True, slots=True)
class ParcelResult:
    """What came of one order: its parcel, or `error`."""

    order_id: int
    reference: str = ""
    parcel_id: int | None = None
    error: CommandaError | None = None


@dataclass(slots=True)
class Plan:
    """The parcel each order is to have, not yet written, and why others get none."""

    carrier: Carrier
    parcels: dict[int, Parcel] = field(default_factory=dict)
    replaced: dict[int, Parcel] = field(default_factory=dict)
    before: dict[int, tuple[str, str]] = field(default_factory=dict)
    errors: dict[int, CommandaError] = field(default_factory=dict)


def usable_carrier(carrier_id: int) -> Carrier:
    """The carrier. Raises `Invalid` when there is none, or it is no longer used."""
    carrier = Carrier.objects.filter(pk=carrier_id, is_active=True).first()
    if carrier is None:
        raise Invalid(_("Choose a carrier from the list."), field="carrier", code="unknown_carrier")
    return carrier


def plan_parcels(orders: Sequence[Order], carrier: Carrier, tracking: Mapping[int, str], at: datetime) -> Plan:
    """Choose each order's parcel: the one under way, an earlier one with the same number, or a new one.

    The orders are locked. An empty number keeps the present one, unless the carrier changes. A number that is
    unreadable, wanted twice or used by another order's parcel is that order's error.
    """
    plan = Plan(carrier)
    numbers = _numbers(orders, tracking, plan)
    current, earlier, owners = _known(orders, carrier, numbers)
    cash = cash_of_orders([order.pk for order in orders])
    for order in orders:
        number = numbers.get(order.pk, "")
        if order.pk in plan.errors:
            continue
        if number and owners.get(number, order.pk) != order.pk:
            plan.errors[order.pk] = _taken(number)
            continue
        here, past = current.get(order.pk), earlier.get((order.pk, number)) if number else None
        plan.before[order.pk] = (here.carrier.name, here.tracking_number) if here else ("", "")
        if past is not None and here is not None:
            plan.replaced[order.pk] = here
        parcel = past or here or Parcel(order_id=order.pk, carrier=carrier, created_at=at)
        _address(parcel, carrier, number, cash[order.pk])
        plan.parcels[order.pk] = parcel
    return plan


def _numbers(orders: Sequence[Order], tracking: Mapping[int, str], plan: Plan) -> dict[int, str]:
    numbers: dict[int, str] = {}
    wanted: set[str] = set()
    for order in orders:
        try:
            number = normal_number(tracking.get(order.pk, ""))
        except Invalid as error:
            plan.errors[order.pk] = error
            continue
        if number in wanted:
            plan.errors[order.pk] = Conflict(
                _("The tracking number %(number)s is given to two orders."),
                field="tracking_number",
                code="tracking_twice",
                number=number,
            )
        elif number:
            wanted.add(number)
            numbers[order.pk] = number
    return numbers


def _known(
    orders: Sequence[Order], carrier: Carrier, numbers: Mapping[int, str]
) -> tuple[dict[int, Parcel], dict[tuple[int, str], Parcel], dict[str, int]]:
    """Current parcels by order, past ones by (order, number), and whose each wanted number is."""
    rows = Parcel.objects.filter(
        Q(order_id__in=[order.pk for order in orders], is_current=True)
        | Q(carrier=carrier, tracking_number__in=list(numbers.values()))
    ).select_related("carrier")
    current: dict[int, Parcel] = {}
    earlier: dict[tuple[int, str], Parcel] = {}
    owners: dict[str, int] = {}
    for parcel in rows:
        if parcel.is_current:
            current[parcel.order_id] = parcel
        else:
            earlier[parcel.order_id, parcel.tracking_number] = parcel
        if parcel.carrier_id == carrier.pk and parcel.tracking_number:
            owners[parcel.tracking_number] = parcel.order_id
    return current, earlier, owners


def _address(parcel: Parcel, carrier: Carrier, number: str, cash_amount: Decimal) -> None:
    changes_carrier = parcel.carrier_id != carrier.pk
    if not parcel.is_current or changes_carrier:
        parcel.manifest = None
    if not parcel.is_current:
        parcel.shipped_at, parcel.status, parcel.status_text = None, Status.READY, ""
    if number or changes_carrier:
        parcel.tracking_number = number
    parcel.carrier = carrier
    parcel.is_current = True
    parcel.cash_amount = cash_amount


def write_plan(actor: Actor, plan: Plan, order_ids: Iterable[int], stage: Stage, at: datetime) -> None:
    """Write the planned parcels of `order_ids`, which stand in `stage` now, and an audit row for each change.

    Raises `Conflict` when a number was taken meanwhile by somebody else.
    """
    chosen = [plan.parcels[pk] for pk in order_ids]
    for parcel in chosen:
        if stage is not Stage.SHIPPED:
            parcel.status = Status.READY
        elif parcel.status != Status.PROBLEM:
            parcel.status = Status.SHIPPED
        parcel.closed_at = None
        parcel.shipped_at = (parcel.shipped_at or at) if stage is Stage.SHIPPED else None
    replaced = [plan.replaced[parcel.order_id].pk for parcel in chosen if parcel.order_id in plan.replaced]
    try:
        with unit_of_work():
            if replaced:
                Parcel.objects.filter(pk__in=replaced).update(is_current=False, status=Status.WITHDRAWN, closed_at=at)
            Parcel.objects.bulk_update([parcel for parcel in chosen if parcel.pk], WRITTEN)
            Parcel.objects.bulk_create([parcel for parcel in chosen if not parcel.pk])
    except IntegrityError as error:
        raise Conflict(
            _("One of the tracking numbers was given to another parcel at this moment. Try again."),
            code="tracking_taken",
        ) from error
    _audit(actor, plan, chosen)


def _audit(actor: Actor, plan: Plan, parcels: Iterable[Parcel]) -> None:
    entries = []
    for parcel in parcels:
        carrier, number = plan.before[parcel.order_id]
        if (carrier, number) != (plan.carrier.name, parcel.tracking_number):
            changes = {"carrier": [carrier, plan.carrier.name], "tracking": [number, parcel.tracking_number]}
            entries.append((parcel.order_id, {name: pair for name, pair in changes.items() if pair[0] != pair[1]}))
    if entries:
        record_many(actor=actor, name="order.parcel", subject="order", entries=entries)


def _taken(number: str) -> Conflict:
    return Conflict(
        _("The tracking number %(number)s already belongs to another parcel of this carrier."),
        field="tracking_number",
        code="tracking_taken",
        number=number,
    )
