"""Texts that people paste elsewhere: into a carrier's form, into a chat with the client."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import override

from commanda.kernel.actor import Actor
from commanda.kernel.formats import qty
from commanda.kernel.money import format_mad
from commanda.kernel.phone import format_phone
from commanda.kernel.visibility import FieldClass, may_see
from commanda.orders.models import Order


@dataclass(frozen=True, slots=True)
class Block:
    """A text behind a button. `phone_e164` is set where it may go to the client's WhatsApp as it is."""

    icon: str
    label: str
    text: str
    phone_e164: str = ""


def blocks_of(actor: Actor, order: Order) -> list[Block]:
    """What may be copied of an order; the client's data only for those who may see it."""
    reference = Block("hash", _("Reference"), order.reference)
    if not may_see(actor, FieldClass.PERSONAL):
        return [reference]
    return [
        Block("map-pin", _("Address block"), _address(order)),
        Block("phone", _("Phone"), format_phone(order.phone_e164)),
        reference,
        Block("brand-whatsapp", _("Summary in French"), _summary(order, "fr"), order.phone_e164),
        Block("brand-whatsapp", _("Summary in Arabic"), _summary(order, "ar"), order.phone_e164),
    ]


def _city(order: Order) -> str:
    return str(order.city) if order.city else order.city_text


def _address(order: Order) -> str:
    """One fact a line, as carriers' forms ask for them."""
    lines = (order.customer_name, format_phone(order.phone_e164), order.address, _city(order))
    return "\n".join(line for line in lines if line)


def _summary(order: Order, language: str) -> str:
    """The whole order in the client's language."""
    with override(language):
        goods = [
            f"• {qty(line.quantity)} × {line.label} – {format_mad(line.total_amount)}" for line in order.lines.all()
        ]
        if order.discount_amount:
            goods.append(_("Discount: %(amount)s") % {"amount": format_mad(-order.discount_amount)})
        if order.delivery_amount:
            goods.append(_("Delivery: %(amount)s") % {"amount": format_mad(order.delivery_amount)})
        place = ", ".join(part for part in (order.address, _city(order)) if part)
        lines = [
            _("Hello %(name)s, your order %(reference)s:")
            % {"name": order.customer_name, "reference": order.reference},
            *goods,
            _("To pay: %(amount)s") % {"amount": format_mad(order.total_amount)},
        ]
        if place:
            lines.append(_("Delivered to: %(place)s") % {"place": place})
        return "\n".join(lines)
