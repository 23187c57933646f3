"""What the spend brought by product and platform; spend without a product has a row of its own."""

from dataclasses import dataclass

from commanda.ads.models import Platform
from commanda.ads.selectors import Targets, targets_on
from commanda.catalog.models import Product
from commanda.insights.compute import Figures, grouped
from commanda.insights.kpis import View
from commanda.insights.measures import Dimension
from commanda.insights.periods import Period
from commanda.insights.statements import Basis
from commanda.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Result:
    """A product's figures on a platform; `product` None: spend of campaigns that are not mapped."""

    product: Product | None
    platform: Platform | None
    figures: Figures
    targets: Targets | None


def results(actor: Actor, period: Period, *, basis: Basis) -> list[Result]:
    """Where the actor sees spend, the largest first: counts of all orders beside that spend."""
    rows = grouped(actor, period, (Dimension.PRODUCT, Dimension.PLATFORM), basis=basis, view=View.ADS)
    spent = {key: row for key, row in rows.items() if row.get("ad_spend")}
    products = Product.objects.visible_to(actor).in_bulk({key[0] for key in spent if key[0] is not None})
    platforms = {platform.slug: platform for platform in Platform.objects.all()}
    targets = targets_on(actor)
    found = [
        Result(products.get(product), platforms.get(slug), row, targets.get(product))
        for (product, slug), row in spent.items()
    ]
    return sorted(found, key=lambda each: (-(each.figures["ad_spend"] or 0), str(each.product or "")))
