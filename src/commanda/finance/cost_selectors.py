"""Reads of product costs: lists with today's cost and margin, and the history of one variant."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from commanda.accounts.permissions import Perm
from commanda.audit.models import Event
from commanda.audit.selectors import events_of
from commanda.catalog.models import BundleComponent, Variant
from commanda.finance.models import ProductCost
from commanda.kernel.actor import Actor
from commanda.kernel.clock import today
from commanda.kernel.errors import NotFound
from commanda.kernel.text import fold

EVENTS = 30


@dataclass(frozen=True, slots=True)
class Part:
    """What a bundle holds, and what one unit of it costs today, MAD; None when nobody said."""

    variant: Variant
    quantity: int
    amount: Decimal | None

    @property
    def total_amount(self) -> Decimal | None:
        return None if self.amount is None else self.amount * self.quantity


@dataclass(frozen=True, slots=True)
class CostRow:
    """A variant with its own cost of today, what begins later, and for a bundle its parts."""

    variant: Variant
    current: ProductCost | None
    planned: Sequence[ProductCost] = ()
    parts: Sequence[Part] = ()

    @property
    def parts_amount(self) -> Decimal | None:
        """MAD that the parts of a bundle cost; None when it has none, or when the cost of one is not known."""
        if not self.parts or any(part.amount is None for part in self.parts):
            return None
        return sum((part.total_amount or Decimal(0) for part in self.parts), Decimal(0))

    @property
    def amount(self) -> Decimal | None:
        """What profit takes for one unit sold today, MAD; None when it is not known."""
        return self.current.amount if self.current else self.parts_amount

    @property
    def margin_amount(self) -> Decimal | None:
        """What is left of the selling price, MAD, before delivery, ads and the rest."""
        return None if self.amount is None else self.variant.price_amount - self.amount

    @property
    def margin_ratio(self) -> Decimal | None:
        """The same as a part of the selling price; None without a cost or for what is free."""
        if self.margin_amount is None or not self.variant.price_amount:
            return None
        return self.margin_amount / self.variant.price_amount


@dataclass(frozen=True, slots=True)
class CostPeriod:
    """A cost with the last day on which it is valid; None: until another begins."""

    cost: ProductCost
    last_on: date | None
    is_current: bool
    is_planned: bool


@dataclass(frozen=True, slots=True)
class CostHistory:
    """Everything about the costs of one variant: the newest period first, and what was done to them."""

    row: CostRow
    periods: Sequence[CostPeriod]
    events: Sequence[Event]


def costed_variants(actor: Actor, *, search: str = "", only_missing: bool = False) -> QuerySet[Variant]:
    """Variants on sale or with a cost, with their products, by name; `only_missing` those whose cost is not known.

    A bundle is known by its own cost or by those of all its parts. Nothing for people without the right.
    """
    if not actor.can(Perm.FINANCE_VIEW):
        return Variant.objects.none()
    rows = (
        Variant.objects.select_related("product")
        .filter(Q(is_active=True, product__is_active=True) | Exists(ProductCost.objects.filter(variant=OuterRef("pk"))))
        .order_by("product__name", "pk")
    )
    for word in fold(search).split():
        rows = rows.filter(
            Q(product__name_folded__contains=word)
            | Q(sku__icontains=word)
            | Q(color__icontains=word)
            | Q(size__icontains=word)
        )
    if only_missing:
        parts = BundleComponent.objects.filter(bundle=OuterRef("pk"))
        costless = parts.filter(~Exists(_valid_today().filter(variant=OuterRef("component"))))
        rows = rows.filter(~Exists(_valid_today().filter(variant=OuterRef("pk")))).filter(
            Q(product__is_bundle=False) | ~Exists(parts) | Exists(costless)
        )
    return rows


def missing_costs(actor: Actor) -> int:
    """How many variants on sale have no known cost."""
    return costed_variants(actor, only_missing=True).filter(is_active=True, product__is_active=True).count()


def cost_rows(actor: Actor, variants: Sequence[Variant]) -> list[CostRow]:
    """These variants with their costs of today. Four queries at most, however many there are."""
    if not actor.can(Perm.FINANCE_VIEW):
        return []
    ids = [variant.pk for variant in variants]
    current = costs_today(ids)
    planned: dict[int, list[ProductCost]] = {}
    later = ProductCost.objects.filter(variant_id__in=ids, valid_from_on__gt=today())
    for cost in later.order_by("variant_id", "valid_from_on"):
        planned.setdefault(cost.variant_id, []).append(cost)
    parts = _parts([variant.pk for variant in variants if variant.product.is_bundle])
    return [
        CostRow(variant, current.get(variant.pk), planned.get(variant.pk, ()), parts.get(variant.pk, ()))
        for variant in variants
    ]


def cost_history(actor: Actor, variant_id: int) -> CostHistory:
    """The costs of one variant. Raises `NotFound`, also for people without the right."""
    variant = Variant.objects.select_related("product").filter(pk=variant_id).first()
    if variant is None or not actor.can(Perm.FINANCE_VIEW):
        raise NotFound
    (row,) = cost_rows(actor, [variant])
    costs = list(ProductCost.objects.filter(variant=variant).select_related("set_by").order_by("-valid_from_on"))
    periods = [
        CostPeriod(
            cost,
            last_on=costs[place - 1].valid_from_on - timedelta(days=1) if place else None,
            is_current=row.current is not None and cost.pk == row.current.pk,
            is_planned=cost.valid_from_on > today(),
        )
        for place, cost in enumerate(costs)
    ]
    return CostHistory(row, periods, list(events_of("finance.product_cost", variant_id)[:EVENTS]))


def costs_today(variant_ids: Collection[int]) -> dict[int, ProductCost]:
    """variant id → the own cost valid today, with who set it."""
    rows = ProductCost.objects.filter(variant_id__in=variant_ids, valid_from_on__lte=today()).select_related("set_by")
    return {row.variant_id: row for row in rows.order_by("variant_id", "-valid_from_on").distinct("variant_id")}


def _valid_today() -> QuerySet[ProductCost]:
    return ProductCost.objects.filter(valid_from_on__lte=today())


def _parts(bundle_ids: Collection[int]) -> dict[int, list[Part]]:
    """What each bundle holds, with today's costs. One query."""
    if not bundle_ids:
        return {}
    cost = _valid_today().filter(variant=OuterRef("component")).order_by("-valid_from_on").values("amount")[:1]
    rows = (
        BundleComponent.objects.filter(bundle_id__in=bundle_ids)
        .select_related("component__product")
        .annotate(cost_amount=Subquery(cost))
        .order_by("pk")
    )
    found: dict[int, list[Part]] = {}
    for row in rows:
        found.setdefault(row.bundle_id, []).append(Part(row.component, row.quantity, row.cost_amount))
    return found
