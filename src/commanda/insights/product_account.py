"""The account of one product: each sum of its profit taken apart, to the rows that make it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commanda.accounts.models import User
from commanda.accounts.permissions import Perm
from commanda.ads.models import Platform
from commanda.catalog.models import Product, Variant
from commanda.insights.compute import Figures, grouped
from commanda.insights.kpis import KPIS
from commanda.insights.measures import Dimension
from commanda.insights.periods import Period
from commanda.insights.statements import Basis
from commanda.kernel.actor import Actor
from commanda.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class Part:
    """One summand: what it is, its figures; `thing` None for "nobody" or "none"."""

    thing: Any
    key: Any
    figures: Figures


@dataclass(frozen=True, slots=True)
class ProductAccount:
    """A product's figures and the parts of its sums: goods by variant, ads by platform, commission by agent.

    `figures` are those of the product's row among all products, the general expenses' share included.
    """

    product: Product
    figures: Figures
    variants: list[Part]
    platforms: list[Part]
    agents: list[Part]


def product_account(actor: Actor, product_id: int, period: Period, *, basis: Basis = Basis.COHORT) -> ProductAccount:
    """The account of a product over a period. Takes the right to see profit; raises `NotFound`."""
    actor.require(Perm.FINANCE_VIEW)
    product = Product.objects.filter(pk=product_id).first()
    if product is None:
        raise NotFound
    row = grouped(actor, period, (Dimension.PRODUCT,), basis=basis).get((product_id,))
    zero = Figures.of_nothing(KPIS)

    def parts(by: Dimension, things: Mapping[Any, Any], *kpis: str) -> list[Part]:
        rows = grouped(actor, period, (by,), kpis=kpis, filters={Dimension.PRODUCT: product_id}, basis=basis)
        found = [Part(things.get(key[0]), key[0], figures) for key, figures in rows.items() if any(figures.values())]
        return sorted(found, key=lambda part: -(part.figures[kpis[0]] or 0))

    return ProductAccount(
        product=product,
        figures=row or zero,
        variants=parts(
            Dimension.VARIANT,
            {variant.pk: variant for variant in Variant.objects.filter(product=product).select_related("product")},
            "sold_units",
            "cogs",
            "uncosted_units",
        ),
        platforms=parts(
            Dimension.PLATFORM,
            {platform.slug: platform for platform in Platform.objects.all()},
            "ad_spend",
            "leads",
            "delivered",
            "revenue",
            "cost_per_delivered",
        ),
        agents=parts(
            Dimension.AGENT, User.objects.in_bulk(), "commission", "delivered", "revenue", "confirmation_rate"
        ),
    )
