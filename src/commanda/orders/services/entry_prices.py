"""Other prices than the catalogue's in an order entered by hand: within a limit, with a remark, on record."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.catalog.models import Variant
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Invalid, NotAllowed
from commanda.orders.models import OrderType
from commanda.orders.services.drafts import LineDraft
from commanda.orders.services.lines import AgreedPrices

Rule = OrderType.PriceRule


@dataclass(frozen=True, slots=True)
class PriceChange:
    """A line whose price is not the catalogue's."""

    variant_id: int
    sku: str
    usual_amount: Decimal
    amount: Decimal


def agree_prices(
    *, actor: Actor, order_type: OrderType | None, lines: Sequence[LineDraft], remark: str
) -> tuple[AgreedPrices, list[PriceChange]]:
    """The prices that may stand, and what is changed by them.

    Raises `Invalid` when the type has catalogue prices only, or wants a remark and there is none; `NotAllowed` for
    a price beyond the type's limit without the right to change prices.
    """
    wanted = [line for line in lines if line.unit_price_amount is not None]
    variants = Variant.objects.sellable().in_bulk([line.variant_id for line in wanted]) if wanted else {}
    changes = [
        PriceChange(line.variant_id, variant.sku, variant.price_amount, line.unit_price_amount)
        for line in wanted
        if (variant := variants.get(line.variant_id)) is not None
        and line.unit_price_amount is not None
        and line.unit_price_amount != variant.price_amount
    ]
    if changes and order_type is not None:
        _refuse(actor, order_type, changes, remark)
    elif changes:
        actor.require(Perm.ORDERS_PRICE)
    return frozenset((change.variant_id, change.amount) for change in changes), changes


def _refuse(actor: Actor, order_type: OrderType, changes: list[PriceChange], remark: str) -> None:
    if order_type.price_rule == Rule.FIXED:
        raise Invalid(
            _("This type of order has catalogue prices only."), field="unit_price_amount", code="fixed_prices"
        )
    if order_type.price_rule == Rule.REMARK and not remark.strip():
        raise Invalid(
            _("Say why the price differs: a replacement, a gesture …"), field="price_remark", code="remark_needed"
        )
    if actor.can(Perm.ORDERS_PRICE):
        return
    if order_type.price_rule != Rule.REMARK:
        raise NotAllowed(_("You may not change prices. Ask a supervisor."), field="unit_price_amount")
    for change in changes:
        if abs(change.amount - change.usual_amount) > change.usual_amount * order_type.price_limit_ratio:
            raise NotAllowed(
                _("You may change a price by at most %(limit)s %%. Ask a supervisor for more."),
                field="unit_price_amount",
                code="beyond_limit",
                limit=order_type.price_limit_percent,
            )
