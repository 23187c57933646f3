"""Where an order stands on each of its axes: state, parcel, payment, and what the last call came to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from commanda.confirmation.models import Call
from commanda.kernel.actor import Actor
from commanda.orders.models import Order, OrderAttachment, OrderBilling, PaymentMethod
from commanda.orders.stages import Stage
from commanda.shipping.models import Parcel

PARCEL_COLOURS = {
    Parcel.Status.READY: "cyan",
    Parcel.Status.SHIPPED: "purple",
    Parcel.Status.PROBLEM: "yellow",
    Parcel.Status.DELIVERED: "green",
    Parcel.Status.RETURNED: "red",
    Parcel.Status.WITHDRAWN: "secondary",
}


@dataclass(frozen=True, slots=True)
class Axis:
    """One fact: what it says, what stands behind it, since when."""

    slug: str
    title: str
    label: str
    colour: str
    detail: str = ""
    at: datetime | None = None
    amount: Any = None


def axes_of(
    actor: Actor, order: Order, parcel: Parcel | None, billing: OrderBilling | None, files: list[OrderAttachment]
) -> list[Axis]:
    """The order's axes, never mixed: each says only what is known of it. One query, for the call."""
    call = Call.objects.visible_to(actor).standing().filter(order=order).select_related("agent", "outcome").first()
    return [
        Axis("state", _("Order"), order.state.label, order.state.color, _reason(order), _since(order)),
        _parcel_axis(order, parcel),
        _payment_axis(order, parcel, billing, files),
        Axis("call", _("Last call"), call.outcome.label, call.outcome.color, str(call.agent or ""), call.called_at)
        if call
        else Axis("call", _("Last call"), _("No call yet"), "secondary"),
    ]


def _reason(order: Order) -> str:
    return " – ".join(part for part in (order.reason.label if order.reason else "", order.reason_text) if part)


def _since(order: Order) -> datetime | None:
    stamps = {
        Stage.CONFIRMED: order.confirmed_at,
        Stage.SHIPPED: order.shipped_at,
        Stage.DELIVERED: order.delivered_at,
        Stage.RETURNED: order.returned_at,
        Stage.CANCELLED: order.cancelled_at,
    }
    return stamps.get(Stage(order.stage), order.created_at)


def _parcel_axis(order: Order, parcel: Parcel | None) -> Axis:
    if parcel is None:
        return Axis("parcel", _("Parcel"), _("No parcel yet"), "secondary")
    # The carrier's own words beside what we take them for.
    detail = " · ".join(part for part in (str(parcel.carrier), parcel.status_text) if part)
    at = parcel.closed_at or parcel.shipped_at or parcel.created_at
    status = Parcel.Status(parcel.status)
    return Axis("parcel", _("Parcel"), str(status.label), PARCEL_COLOURS[status], detail, at)


def _payment_axis(
    order: Order, parcel: Parcel | None, billing: OrderBilling | None, files: list[OrderAttachment]
) -> Axis:
    """What is known of the money: whether it is expected, and by whom it was collected. What carriers have
    transferred is not recorded with the order, so nothing is said about it."""
    title, amount = _("Payment"), order.total_amount
    if order.stage in (Stage.CANCELLED, Stage.RETURNED):
        return Axis("payment", title, _("Nothing to collect"), "secondary")
    if billing is not None and billing.payment_method != PaymentMethod.CASH_ON_DELIVERY:
        method = str(billing.get_payment_method_display())
        if any(file.kind == OrderAttachment.Kind.PROOF for file in files):
            return Axis("payment", title, _("Proof of payment received"), "teal", method, amount=amount)
        return Axis("payment", title, _("Waiting for the payment"), "yellow", method, amount=amount)
    if order.stage == Stage.DELIVERED:
        by = _("by %(carrier)s") % {"carrier": str(parcel.carrier)} if parcel else ""
        collected = parcel.cash_amount if parcel else amount
        return Axis("payment", title, _("Collected at delivery"), "green", by, order.delivered_at, collected)
    if order.stage == Stage.SHIPPED:
        by = _("by %(carrier)s") % {"carrier": str(parcel.carrier)} if parcel else ""
        return Axis(
            "payment", title, _("To be collected"), "purple", by, None, parcel.cash_amount if parcel else amount
        )
    return Axis("payment", title, _("Expected on delivery"), "secondary", amount=amount)
