"""Lines of orders: priced against the catalogue, inserted in sets."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.catalog.models import BundleComponent, Variant
from commanda.kernel.actor import Actor
from commanda.kernel.bulk import insert_rows
from commanda.kernel.errors import Invalid, NotAllowed
from commanda.kernel.prepared import any_of, planned_cursor, prepared
from commanda.orders.models import LineComponent, OrderLine
from commanda.orders.services.drafts import LineDraft

_COLUMNS: Final = ("order_id", "variant_id", "label", "sku", "quantity", "unit_price_amount", "is_upsell")
MAX_QUANTITY = 999
MAX_PRICE = Decimal(1_000_000)
# (variant id, unit price) pairs that somebody with the right to has agreed to.
AgreedPrices = frozenset[tuple[int, Decimal]]


class PricedLine(NamedTuple):
    """A line ready to be inserted."""

    variant_id: int
    label: str
    sku: str
    quantity: int
    unit_price_amount: Decimal
    is_upsell: bool
    parts: tuple[tuple[int, int], ...] = ()


class _Offer(NamedTuple):
    """What the catalogue says about a variant."""

    label: str
    sku: str
    price_amount: Decimal
    parts: tuple[tuple[int, int], ...]


def price_lines(
    actor: Actor,
    drafts: Sequence[Sequence[LineDraft]],
    *,
    agreed: AgreedPrices = frozenset(),
    known: Iterable[Variant] = (),
) -> list[list[PricedLine]]:
    """Check and price the lines of many orders with two queries at most.

    `agreed` are the (variant, price) pairs that stand in the order already: they may stay as they are. `known` are
    variants that the caller has just read, with their products: they are not asked for again.

    Raises `Invalid` (no lines, unknown or inactive variant, absurd quantity or price) and `NotAllowed` when a
    price differs from the catalogue and the actor may not change prices.
    """
    wanted = {line.variant_id for lines in drafts for line in lines}
    variants = {variant.pk: variant for variant in known if variant.is_active and variant.product.is_active}
    if asked := wanted - variants.keys():
        for variant in _sold().all(wanted=list(asked), agreed=[pk for pk, _price in agreed]):
            variants[variant.pk] = variant
    parts = _bundle_parts([pk for pk, variant in variants.items() if variant.product.is_bundle])
    offers = {pk: _Offer(v.label[:240], v.sku, v.price_amount, parts.get(pk, ())) for pk, v in variants.items()}
    may_price = actor.can(Perm.ORDERS_PRICE)
    return [[_price_line(line, offers, agreed, may_price=may_price) for line in _present(lines)] for lines in drafts]


@prepared
def _sold() -> QuerySet[Variant]:
    sold = Variant.objects.sellable() | Variant.objects.filter(any_of("pk", "agreed"))
    return sold.select_related("product").filter(any_of("pk", "wanted"))


def _present(lines: Sequence[LineDraft]) -> Sequence[LineDraft]:
    if not lines:
        raise Invalid(_("Add at least one product."), field="lines", code="no_lines")
    return lines


def _bundle_parts(bundle_ids: list[int]) -> dict[int, tuple[tuple[int, int], ...]]:
    if not bundle_ids:
        return {}
    parts: dict[int, list[tuple[int, int]]] = {pk: [] for pk in bundle_ids}
    rows = BundleComponent.objects.filter(bundle_id__in=bundle_ids).values_list("bundle_id", "component_id", "quantity")
    for bundle_id, component_id, quantity in rows:
        parts[bundle_id].append((component_id, quantity))
    return {pk: tuple(rows) for pk, rows in parts.items()}


def _price_line(
    line: LineDraft, offers: dict[int, _Offer], agreed: frozenset[tuple[int, Decimal]], *, may_price: bool
) -> PricedLine:
    offer = offers.get(line.variant_id)
    if offer is None:
        raise Invalid(_("This product does not exist or is no longer sold."), field="lines", code="unknown_product")
    if not 1 <= line.quantity <= MAX_QUANTITY:
        raise Invalid(
            _("The quantity must be between 1 and %(highest)s."),
            field="quantity",
            code="bad_quantity",
            highest=MAX_QUANTITY,
        )
    price = offer.price_amount if line.unit_price_amount is None else line.unit_price_amount
    if not 0 <= price <= MAX_PRICE:
        raise Invalid(_("The price must be between 0 and 1,000,000 DH."), field="unit_price_amount", code="bad_price")
    if not may_price and price != offer.price_amount and (line.variant_id, price) not in agreed:
        raise NotAllowed(_("You may not change prices. Ask a supervisor."), field="unit_price_amount")
    return PricedLine(line.variant_id, offer.label, offer.sku, line.quantity, price, line.is_upsell, offer.parts)


def insert_lines(orders: Sequence[tuple[int, Sequence[PricedLine]]]) -> None:
    """Insert the lines of many orders, and the frozen parts of bundle lines."""
    flat = [(order_id, line) for order_id, lines in orders for line in lines]
    rows = [
        (
            order_id,
            line.variant_id,
            line.label,
            line.sku,
            line.quantity,
            line.unit_price_amount,
            line.is_upsell,
        )
        for order_id, line in flat
    ]
    if not any(line.parts for _order_id, line in flat):
        insert_rows(OrderLine, _COLUMNS, rows)
        return
    # What stands beside a line needs its number.
    numbers = _next_numbers(len(rows))
    insert_rows(OrderLine, ("id", *_COLUMNS), [(pk, *row) for pk, row in zip(numbers, rows, strict=True)])
    parts = [
        (pk, part_id, quantity)
        for pk, (_order_id, line) in zip(numbers, flat, strict=True)
        for part_id, quantity in line.parts
    ]
    insert_rows(LineComponent, ("line_id", "variant_id", "quantity"), parts)


def _next_numbers(quantity: int) -> list[int]:
    with planned_cursor() as cursor:
        cursor.execute("SELECT nextval('orders_orderline_id_seq') FROM generate_series(1, %s)", [quantity])
        return [number for (number,) in cursor.fetchall()]
