"""Lines of orders: priced against the catalogue, inserted in sets."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.catalog.models import BundleComponent, Variant
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Invalid, NotAllowed
from commanda.orders.models import LineComponent, OrderLine
from commanda.orders.services.drafts import LineDraft

MAX_QUANTITY = 999
MAX_PRICE = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line ready to be inserted."""

    variant_id: int
    label: str
    sku: str
    quantity: int
    unit_price_amount: Decimal
    is_upsell: bool
    parts: tuple[tuple[int, int], ...] = field(default=())


def price_lines(
    actor: Actor,
    drafts: Sequence[Sequence[LineDraft]],
    *,
    agreed: frozenset[tuple[int, Decimal]] = frozenset(),
) -> list[list[PricedLine]]:
    """Check and price the lines of many orders with two queries.

    `agreed` are the (variant, price) pairs that stand in the order already: they may stay as they are.

    Raises `Invalid` (no lines, unknown or inactive variant, absurd quantity or price) and `NotAllowed` when a
    price differs from the catalogue and the actor may not change prices.
    """
    wanted = {line.variant_id for lines in drafts for line in lines}
    sold = Variant.objects.sellable() | Variant.objects.filter(pk__in=[pk for pk, _price in agreed])
    variants = {v.pk: v for v in sold.select_related("product").filter(pk__in=wanted)}
    parts = _bundle_parts([pk for pk, variant in variants.items() if variant.product.is_bundle])
    return [[_price_line(actor, line, variants, parts, agreed) for line in _present(lines)] for lines in drafts]


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
    actor: Actor,
    line: LineDraft,
    variants: dict[int, Variant],
    parts: dict[int, tuple[tuple[int, int], ...]],
    agreed: frozenset[tuple[int, Decimal]],
) -> PricedLine:
    variant = variants.get(line.variant_id)
    if variant is None:
        raise Invalid(_("This product does not exist or is no longer sold."), field="lines", code="unknown_product")
    if not 1 <= line.quantity <= MAX_QUANTITY:
        raise Invalid(
            _("The quantity must be between 1 and %(highest)s."),
            field="quantity",
            code="bad_quantity",
            highest=MAX_QUANTITY,
        )
    price = variant.price_amount if line.unit_price_amount is None else line.unit_price_amount
    if not 0 <= price <= MAX_PRICE:
        raise Invalid(_("The price must be between 0 and 1,000,000 DH."), field="unit_price_amount", code="bad_price")
    is_usual = price == variant.price_amount or (variant.pk, price) in agreed
    if not is_usual and not actor.can(Perm.ORDERS_PRICE):
        raise NotAllowed(_("You may not change prices. Ask a supervisor."), field="unit_price_amount")
    return PricedLine(
        variant.pk,
        variant.label[:240],
        variant.sku,
        line.quantity,
        price,
        line.is_upsell,
        parts.get(variant.pk, ()),
    )


def insert_lines(orders: Sequence[tuple[int, Sequence[PricedLine]]]) -> None:
    """Insert the lines of many orders, and the frozen parts of bundle lines."""
    flat = [(order_id, line) for order_id, lines in orders for line in lines]
    rows = OrderLine.objects.bulk_create(
        [
            OrderLine(
                order_id=order_id,
                variant_id=line.variant_id,
                label=line.label,
                sku=line.sku,
                quantity=line.quantity,
                unit_price_amount=line.unit_price_amount,
                is_upsell=line.is_upsell,
            )
            for order_id, line in flat
        ],
        batch_size=5000,
    )
    components = [
        LineComponent(line_id=row.pk, variant_id=part_id, quantity=quantity)
        for row, (_order_id, line) in zip(rows, flat, strict=True)
        for part_id, quantity in line.parts
    ]
    if components:
        LineComponent.objects.bulk_create(components, batch_size=5000)
