"""Reads of money. What the actor may not see is not there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from commanda.accounts.permissions import Perm
from commanda.catalog.models import Variant
from commanda.finance.models import CarrierFee, Expense, ProductCost
from commanda.kernel.actor import Actor
from commanda.kernel.clock import today
from commanda.shipping.models import Carrier


@dataclass(frozen=True, slots=True)
class VariantCosts:
    """A variant with its costs, the newest first; `current` is valid today, `planned` begin later."""

    variant: Variant
    costs: Sequence[ProductCost]
    current: ProductCost | None
    planned: Sequence[ProductCost]


@dataclass(frozen=True, slots=True)
class CarrierFees:
    """A carrier with its fees, the newest first; `current` is valid today, `planned` begin later."""

    carrier: Carrier
    fees: Sequence[CarrierFee]
    current: CarrierFee | None
    planned: Sequence[CarrierFee]


def product_costs(actor: Actor) -> list[VariantCosts]:
    """Variants on sale or with a cost, by product name, each with its costs. Two queries."""
    if not actor.can(Perm.FINANCE_VIEW):
        return []
    day = today()
    by_variant: dict[int, list[ProductCost]] = {}
    for cost in ProductCost.objects.visible_to(actor).order_by("variant_id", "-valid_from_on"):
        by_variant.setdefault(cost.variant_id, []).append(cost)
    variants = (
        Variant.objects.select_related("product")
        .filter(Q(is_active=True, product__is_active=True) | Q(pk__in=by_variant))
        .order_by("product__name", "pk")
    )
    found = []
    for variant in variants:
        costs = by_variant.get(variant.pk, [])
        valid = [cost for cost in costs if cost.valid_from_on <= day]
        planned = costs[: len(costs) - len(valid)]
        found.append(VariantCosts(variant, costs, valid[0] if valid else None, planned))
    return found


def carrier_fees(actor: Actor) -> list[CarrierFees]:
    """Every carrier with its fees, by name. Two queries."""
    if not actor.can(Perm.FINANCE_VIEW):
        return []
    day = today()
    by_carrier: dict[int, list[CarrierFee]] = {}
    for fee in CarrierFee.objects.visible_to(actor).order_by("carrier_id", "-valid_from_on"):
        by_carrier.setdefault(fee.carrier_id, []).append(fee)
    found = []
    for carrier in Carrier.objects.filter(Q(is_active=True) | Q(pk__in=by_carrier)).order_by("name"):
        fees = by_carrier.get(carrier.pk, [])
        valid = [fee for fee in fees if fee.valid_from_on <= day]
        found.append(CarrierFees(carrier, fees, valid[0] if valid else None, fees[: len(fees) - len(valid)]))
    return found


def expenses(actor: Actor, *, first: date, last: date) -> QuerySet[Expense]:
    """Expenses of the days `first` to `last`, void ones included, the newest first."""
    rows = Expense.objects.visible_to(actor).filter(spent_on__range=(first, last))
    return rows.select_related("product", "made_by").order_by("-spent_on", "-id")


def expense_totals(actor: Actor, *, first: date, last: date) -> dict[str, Decimal]:
    """MAD by kind, largest first, without void expenses."""
    rows = (
        expenses(actor, first=first, last=last)
        .filter(is_void=False)
        .order_by()
        .values("kind")
        .annotate(total=Sum("amount"))
        .order_by("-total")
    )
    return {row["kind"]: row["total"] for row in rows}


def months_back(day: date, months: int) -> list[date]:
    """First days of the month of `day` and of the months before it, the latest first."""
    firsts = [day.replace(day=1)]
    while len(firsts) < months:
        firsts.append((firsts[-1] - timedelta(days=1)).replace(day=1))
    return firsts
