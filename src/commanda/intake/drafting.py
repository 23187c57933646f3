"""From what the rows say to the order that is asked for: prices against the catalogue, stores, agents, warnings."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Final

from commanda.ads.known_sources import order_platform
from commanda.catalog.models import Variant
from commanda.customers.models import City
from commanda.intake.grouping import SheetOrder
from commanda.intake.matching import Matchers, load_matchers
from commanda.intake.models import Source
from commanda.kernel.money import ZERO
from commanda.kernel.text import fold
from commanda.orders.models import Order, Store
from commanda.orders.services.drafts import LineDraft, OrderDraft

BLOCKED_TAG: Final = "blacklist"


@dataclass(frozen=True)
class DraftingContext:
    """What drafts of one source are made with; built once per import."""

    source: Source
    matchers: Matchers
    prices: Mapping[int, Decimal]
    stores: Mapping[str, int]

    def city_names(self) -> dict[int, str]:
        """The names of the cities, in the language in force."""
        return {city.pk: str(city) for city in City.objects.only("name_fr", "name_ar")}

    @cached_property
    def channel(self) -> str:
        """The one chosen for the source, else the one its kind suggests."""
        if self.source.kind == Source.Kind.HOOK:
            # A script sends the rows of a sheet; everything else that calls us is a program.
            return str(Order.Channel.SHEET if self.source.options.get("is_script") else Order.Channel.API)
        chosen = self.source.options.get("channel", "")
        if chosen in Order.Channel.values:
            return str(chosen)
        return str(Order.Channel.FILE if self.source.kind == Source.Kind.FILE else Order.Channel.SHEET)


def load_context(source: Source) -> DraftingContext:
    """Read catalogue, cities, agents and stores: a handful of queries for any number of rows."""
    return DraftingContext(
        source=source,
        matchers=load_matchers(),
        prices=dict(Variant.objects.values_list("pk", "price_amount")),
        stores={fold(name): pk for pk, name in Store.objects.filter(is_active=True).values_list("pk", "name")},
    )


def make_draft(order: SheetOrder, context: DraftingContext) -> OrderDraft:
    """The draft of an order without rejecting problems.

    The client pays what the sheet says: a total that differs from the sum of the lines becomes a discount or
    delivery charged.
    """
    row, source = order.head, context.source
    if row.phone is None:
        raise ValueError("an order without phone is no clean order")
    lines, discount, delivery = _lines(order, context)
    return OrderDraft(
        phone_e164=row.phone.e164,
        lines=lines,
        store_id=context.stores.get(fold(row.store), source.store_id) if row.store else source.store_id,
        channel=context.channel,
        customer_name=row.name,
        phone2_e164=row.phone2.e164 if row.phone2 else "",
        city_id=row.city_id,
        city_text=row.city_text,
        address=row.address,
        note=row.note,
        platform=order_platform(row.platform or source.platform, dict(row.utm).get("source", "")),
        campaign=row.campaign or source.campaign,
        utm=dict(row.utm) or None,
        discount_amount=discount,
        delivery_amount=delivery,
        created_at=row.ordered_at,
        assignee_id=context.matchers.agents.match(row.agent) if row.agent else None,
    )


def _lines(order: SheetOrder, context: DraftingContext) -> tuple[tuple[LineDraft, ...], Decimal, Decimal]:
    told = order.prices()
    lines = tuple(
        LineDraft(item.variant_id, item.quantity, unit)
        for item, unit in zip(order.items, told.unit_amounts, strict=True)
        if item.variant_id is not None
    )
    if None not in told.unit_amounts:
        return lines, told.discount_amount, told.delivery_amount
    # Some lines are at catalogue prices: only now can the total be compared with their sum.
    usual = sum((_unit(line, context) * line.quantity for line in lines), ZERO)
    return lines, *order.extras(usual)


def _unit(line: LineDraft, context: DraftingContext) -> Decimal:
    return context.prices[line.variant_id] if line.unit_price_amount is None else line.unit_price_amount
