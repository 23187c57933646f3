"""What dashboards show: KPIs with their comparison, by day, product, agent and platform, with the things they name."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from commanda.accounts.models import User
from commanda.ads.models import Platform
from commanda.ads.selectors import Targets, targets_on
from commanda.catalog.models import Product
from commanda.confirmation.selectors import AgentRow, QueueShare, agent_board
from commanda.insights.compute import Course, Figures, Key, figures, grouped
from commanda.insights.kpis import KPIS, Kpi, Unit, View, kpis_for, sees_all_spend
from commanda.insights.measures import Dimension
from commanda.insights.periods import Period
from commanda.insights.statements import Basis
from commanda.kernel.actor import Actor
from commanda.orders.counting import Tally, tallies_without_filters
from commanda.orders.models import State
from commanda.orders.stages import Stage
from commanda.orders.workflow import current_graph

# Product id (None: of no product) and platform → figures.
AdGroups = Mapping[Key, Figures]


@dataclass(frozen=True, slots=True)
class Compared:
    """A KPI's value and what it was in the period before."""

    kpi: Kpi
    value: Decimal | None
    before: Decimal | None

    @property
    def change(self) -> Decimal | None:
        """For rates the difference, otherwise the growth (0.1: a tenth more); None where there is no telling."""
        if self.value is None or self.before is None:
            return None
        if self.kpi.unit is Unit.RATIO:
            return self.value - self.before
        return (self.value - self.before) / abs(self.before) if self.before else None


@dataclass(frozen=True, slots=True)
class ProductResult:
    """A product's figures; `product` None: what belongs to no product (general expenses without any revenue)."""

    product: Product | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class AgentResult:
    """An agent's figures of the period beside the live row of the board; either may be missing."""

    agent: User | None
    figures: Figures
    live: AgentRow | None


@dataclass(frozen=True, slots=True)
class PlatformResult:
    """A platform's figures; `slug` "" for orders that came without ads, whose `platform` is None."""

    slug: str
    platform: Platform | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class AdResult:
    """What a product brought on a platform; `product` None: spend of campaigns that are not mapped."""

    product: Product | None
    platform: Platform | None
    figures: Figures
    targets: Targets | None


def compared(course: Course, slugs: Iterable[str]) -> list[Compared]:
    """KPIs of a course beside those of the period before, in the order asked; those it has not are left out."""
    return [Compared(KPIS[slug], course.now[slug], course.before[slug]) for slug in slugs if slug in course.now]


def product_results(
    actor: Actor, period: Period, kpis: Collection[str] | None = None, *, basis: Basis = Basis.COHORT
) -> list[ProductResult]:
    """Figures by product, the most profitable (or, without the right to see profit, the most sold) first."""
    rows = grouped(actor, period, (Dimension.PRODUCT,), kpis=kpis, basis=basis)
    products = Product.objects.in_bulk([key[0] for key in rows if key[0] is not None])
    found = [ProductResult(products.get(key[0]), row) for key, row in rows.items()]
    return sorted(
        found, key=lambda result: (-_first(result.figures, "profit", "delivered", "leads"), str(result.product))
    )


def agent_results(
    actor: Actor,
    period: Period,
    kpis: Collection[str],
    *,
    basis: Basis = Basis.COHORT,
    shares: Sequence[QueueShare] | None = None,
) -> list[AgentResult]:
    """Figures by agent for those who see the team: everyone on the board, and whoever has orders; most confirmed first.

    Orders that nobody has are left out. `shares` of the whole queue, where they are at hand, are not read again.
    """
    rows = grouped(actor, period, (Dimension.AGENT,), kpis=kpis, basis=basis)
    board = {row.agent.pk: row for row in agent_board(actor, shares)}
    others = User.objects.in_bulk([key[0] for key in rows if key[0] and key[0] not in board])
    people = {**{pk: row.agent for pk, row in board.items()}, **others}
    empty = Figures.of_nothing({slug: kpi for slug, kpi in kpis_for(actor).items() if slug in kpis})
    found = [AgentResult(person, rows.get((pk,), empty), board.get(pk)) for pk, person in people.items()]
    return sorted(found, key=lambda result: (-_first(result.figures, "confirmed", "leads"), str(result.agent)))


def platform_results(
    actor: Actor, period: Period, kpis: Collection[str], *, basis: Basis = Basis.COHORT, view: View = View.ORDERS
) -> list[PlatformResult]:
    """Figures by ad platform, the largest first; "" for orders without one."""
    rows = grouped(actor, period, (Dimension.PLATFORM,), kpis=kpis, basis=basis, view=view)
    platforms = {platform.slug: platform for platform in Platform.objects.all()}
    found = [PlatformResult(key[0], platforms.get(key[0]), row) for key, row in rows.items()]
    return sorted(found, key=lambda result: (-_first(result.figures, "ad_spend", "leads"), result.slug))


def ad_groups(actor: Actor, period: Period, *, basis: Basis = Basis.COHORT) -> AdGroups:
    """Product × platform: the spend that the actor sees, and counts of all orders beside it."""
    return grouped(actor, period, (Dimension.PRODUCT, Dimension.PLATFORM), basis=basis, view=View.ADS)


def ad_results(actor: Actor, groups: AdGroups) -> list[AdResult]:
    """What was spent on, the largest first."""
    spent = {key: row for key, row in groups.items() if row.get("ad_spend")}
    products = Product.objects.in_bulk({key[0] for key in spent if key[0] is not None})
    platforms = {platform.slug: platform for platform in Platform.objects.all()}
    targets = targets_on(actor)
    found = [
        AdResult(products.get(product), platforms.get(slug), row, targets.get(product))
        for (product, slug), row in spent.items()
    ]
    return sorted(found, key=lambda result: (-(result.figures["ad_spend"] or 0), str(result.product or "")))


def ad_course(
    actor: Actor, period: Period, groups: AdGroups, kpis: Collection[str], *, basis: Basis = Basis.COHORT
) -> Course:
    """The ads' course. Each period for itself: what was advertised in one says nothing of the other.

    `groups` are those of the period: of ads of one's own, an order counts for each product of it in every sum.
    """
    visible = kpis_for(actor, View.ADS)
    if sees_all_spend(actor):
        now = figures(actor, period, kpis=kpis, basis=basis, view=View.ADS)
    else:
        now = Figures.together(groups.values(), {slug: visible[slug] for slug in kpis if slug in visible})
    before = figures(actor, period.previous, kpis=kpis, basis=basis, view=View.ADS)
    spent = grouped(actor, period, (Dimension.DAY,), kpis=("ad_spend",), basis=basis, view=View.ADS)
    nothing = Figures.of_nothing({"ad_spend": KPIS["ad_spend"]})
    return Course(now, before, {day: spent.get((day,), nothing) for day in period})


def on_the_road(actor: Actor) -> Tally:
    """Orders that carriers hold now, and what their clients will pay, among those that the actor may see."""
    shipped = [node.pk for node in current_graph().states.values() if node.stage == Stage.SHIPPED]
    return sum(tallies_without_filters(actor, shipped).values(), Tally())


def states_of_period(actor: Actor, period: Period) -> Mapping[str, int]:
    """State slug → leads of the period that are in it now, among those the actor may see."""
    slugs = dict(State.objects.values_list("pk", "slug"))
    rows = grouped(actor, period, (Dimension.STATE,), kpis=("leads",))
    return {slugs[state]: int(row["leads"] or 0) for (state,), row in rows.items() if "leads" in row}


def _first(row: Figures, *slugs: str) -> Decimal:
    """The first of the figures that is there, for sorting."""
    return next((row[slug] or Decimal(0) for slug in slugs if slug in row), Decimal(0))
