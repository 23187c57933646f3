"""What an agent changes of an order while the client is on the phone: quantities, variants, prices, offers.

What is sold beyond what was ordered is marked, unit by unit: commissions for upsells count the marked units.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.catalog.models import Offer, Variant
from commanda.catalog.selectors import offers_of
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Conflict
from commanda.kernel.transaction import unit_of_work
from commanda.orders.locks import lock_order
from commanda.orders.models import Order, OrderLine
from commanda.orders.services.drafts import LineDraft, joined
from commanda.orders.services.edit import edit_order
from commanda.orders.services.lines import AgreedPrices


@dataclass(frozen=True, slots=True)
class LineChange:
    """What to change of one line; None leaves it. `quantity` 0 takes the line out."""

    quantity: int | None = None
    variant_id: int | None = None
    unit_price_amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """Line id → what changes, (variant id, quantity) that come in beside, and an offer the client takes."""

    lines: Mapping[int, LineChange] = field(default_factory=dict)
    added: tuple[tuple[int, int], ...] = ()
    offer_id: int | None = None

    def __bool__(self) -> bool:
        return bool(self.lines or self.added or self.offer_id)


def rework_order(
    *, actor: Actor, order_id: int, fields: dict[str, Any] | None = None, changes: Changes, price_remark: str = ""
) -> Order:
    """Change fields and lines as they stand now; units beyond those ordered, and what is added, are upsells.

    Another variant of the same product keeps an agreed price where the catalogue prices are the same. An offer's
    prices need no right; they end when fewer units are left than the offer is for. Other prices follow `agree_prices`.
    Locks the order. Raises what `edit_order` raises, and `Conflict` for an offer that does not fit any more.
    """
    actor.require(Perm.ORDERS_EDIT)
    with unit_of_work():
        order = lock_order(actor, order_id)
        lines = list(order.lines.select_related("variant").order_by("id"))
        drafts: list[LineDraft] | None = None
        agreed: AgreedPrices = frozenset()
        if changes:
            offers = list(offers_of(actor, {line.variant.product_id for line in lines}, only_active=False))
            drafts = list(_changed(lines, changes.lines, offers))
            agreed = _kept(drafts, lines, changes.lines)
            drafts += [LineDraft(variant_id, quantity, is_upsell=True) for variant_id, quantity in changes.added]
            if changes.offer_id is not None:
                drafts, granted = _with_offer(drafts, _offer(offers, changes.offer_id))
                agreed |= granted
            drafts = joined(drafts)
        return edit_order(
            actor=actor, order_id=order_id, fields=fields, lines=drafts, agreed=agreed, price_remark=price_remark
        )


def _changed(lines: list[OrderLine], changes: Mapping[int, LineChange], offers: list[Offer]) -> Iterable[LineDraft]:
    """The lines after their changes; a line the caller did not know of stays."""
    wanted = {pk for change in changes.values() if (pk := change.variant_id) is not None}
    variants = Variant.objects.in_bulk(wanted) if wanted else {}
    for line in lines:
        change = changes.get(line.pk, LineChange())
        quantity = _quantity(line, changes)
        variant_id = change.variant_id or line.variant_id
        is_other = variant_id != line.variant_id and not _costs_the_same(variants.get(variant_id), line.variant)
        price, further = change.unit_price_amount, change.unit_price_amount
        if price is None and not is_other:
            granted = _granted_by(line, offers)
            price = None if granted and _left(line, lines, changes) < granted.quantity else line.unit_price_amount
            further = None if granted else price  # An offer's price is for its units, not for more of them.
        ordered = min(quantity, line.quantity)
        if ordered:
            yield LineDraft(variant_id, ordered, price, line.is_upsell)
        if quantity > ordered:
            yield LineDraft(variant_id, quantity - ordered, further, is_upsell=True)


def _kept(drafts: Iterable[LineDraft], lines: list[OrderLine], changes: Mapping[int, LineChange]) -> AgreedPrices:
    """The prices nobody typed: agreed before, also for another colour at the same catalogue price."""
    typed = {
        (change.variant_id or line.variant_id, change.unit_price_amount)
        for line in lines
        if (change := changes.get(line.pk)) is not None
    }
    pairs = {(draft.variant_id, draft.unit_price_amount) for draft in drafts} - typed
    return frozenset((variant_id, price) for variant_id, price in pairs if price is not None)


def _quantity(line: OrderLine, changes: Mapping[int, LineChange]) -> int:
    change = changes.get(line.pk)
    return line.quantity if change is None or change.quantity is None else change.quantity


def _costs_the_same(new: Variant | None, old: Variant) -> bool:
    return new is not None and (new.product_id, new.price_amount) == (old.product_id, old.price_amount)


def _left(line: OrderLine, lines: list[OrderLine], changes: Mapping[int, LineChange]) -> int:
    """How many units of the line's product the order will have."""
    product_id = line.variant.product_id
    return sum(_quantity(other, changes) for other in lines if other.variant.product_id == product_id)


def _granted_by(line: OrderLine, offers: list[Offer]) -> Offer | None:
    """The offer that the line's price comes from."""
    if line.unit_price_amount == line.variant.price_amount:
        return None
    return next(
        (offer for offer in offers if _is_of(offer, line) and line.unit_price_amount in offer.unit_prices), None
    )


def _is_of(offer: Offer, line: OrderLine) -> bool:
    if offer.variant_id is not None:
        return offer.variant_id == line.variant_id
    return offer.product_id == line.variant.product_id


def _offer(offers: list[Offer], offer_id: int) -> Offer:
    offer = next((offer for offer in offers if offer.pk == offer_id and offer.is_active), None)
    if offer is None:
        raise Conflict(_("This offer is no longer made. Load the order again to see those that are."), code="no_offer")
    return offer


def _with_offer(drafts: list[LineDraft], offer: Offer) -> tuple[list[LineDraft], AgreedPrices]:
    """The lines with the offer taken, and the prices it grants."""
    prices = offer.unit_prices
    if offer.variant_id is not None:
        added = [LineDraft(offer.variant_id, 1, price, is_upsell=True) for price in prices]
        return [*drafts, *added], frozenset((offer.variant_id, price) for price in prices)
    own = set(Variant.objects.filter(product_id=offer.product_id).values_list("pk", flat=True))
    rest = [draft for draft in drafts if draft.variant_id not in own]
    units = [(d.variant_id, d.is_upsell) for d in drafts if d.variant_id in own for _unit in range(d.quantity)]
    if not 0 < len(units) < offer.quantity:
        raise Conflict(_("The order has as many of it already."), code="offer_taken")
    units += [(units[0][0], True)] * (offer.quantity - len(units))
    taken = [
        LineDraft(variant_id, 1, price, is_upsell) for (variant_id, is_upsell), price in zip(units, prices, strict=True)
    ]
    return taken + rest, frozenset((draft.variant_id, draft.unit_price_amount or Decimal(0)) for draft in taken)
