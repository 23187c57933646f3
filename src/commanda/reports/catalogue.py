"""The reports as data. To add one, write it into `REPORTS`: pages, files, paper and schedules follow.

A report has rows (an axis of `axes.py`) and columns (KPIs of `insights.kpis`, and `stock`). Everybody sees of it the
columns that they may see; where none of its drawn columns is left, the report does not exist for them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.insights.kpis import View, kpis_for, sees_all_orders
from commanda.insights.statements import Basis
from commanda.kernel.actor import Actor
from commanda.kernel.errors import NotFound
from commanda.reports.axes import AXES, Axis
from commanda.reports.periods import Comparison

STOCK: Final = "stock"  # the one column that is no KPI: units available now


class Theme(StrEnum):
    """Under which heading a report stands."""

    MONEY = "money"
    TEAM = "team"
    GOODS = "goods"
    DELIVERY = "delivery"
    ORDERS = "orders"

    @property
    def label(self) -> Any:
        return _THEMES[self]


_THEMES: Final = {
    Theme.MONEY: _("Money"),
    Theme.TEAM: _("Team"),
    Theme.GOODS: _("Products and ads"),
    Theme.DELIVERY: _("Deliveries and returns"),
    Theme.ORDERS: _("Orders"),
}


class Drawing(StrEnum):
    """How a report is drawn; days, weeks and months are always lines."""

    RANKING = "ranking"
    BARS = "bars"
    WATERFALL = "waterfall"


class Extra(StrEnum):
    """A part that only some reports have besides their table."""

    STAGES = "stages"  # lead time, stage by stage
    HEAT = "heat"  # weekday by hour


@dataclass(frozen=True, slots=True)
class Report:
    """One report. `drawn`: what the chart shows; the first is also what shares and the first order are of.

    `only_main`: rows without any of that are left out. `team`: only for those who see everybody's orders. `ads`:
    buyers see it too, as far as their ads go.
    """

    slug: str
    theme: Theme
    icon: str
    label: Any
    explanation: Any
    axes: tuple[str, ...]
    columns: tuple[str, ...]
    drawn: tuple[str, ...]
    drawing: Drawing = Drawing.RANKING
    period: str = "30d"
    comparison: Comparison = Comparison.BEFORE
    basis: Basis = Basis.COHORT
    sort: str = ""
    extras: tuple[Extra, ...] = ()
    only_main: bool = False
    team: bool = False
    ads: bool = False

    @property
    def main(self) -> str:
        return self.drawn[0]

    def view_for(self, actor: Actor) -> View | None:
        """Whose rows the actor's figures count; None: the report is not for them."""
        if self.team and not sees_all_orders(actor):
            return None
        views = (View.ORDERS, View.ADS) if self.ads else (View.ORDERS,)
        return next((view for view in views if self.main in visible_columns(self, actor, view)), None)

    def axes_for(self, actor: Actor, view: View) -> list[Axis]:
        """The ways in which the actor may take it apart, the first by default."""
        return [AXES[slug] for slug in self.axes if AXES[slug].is_open_to(actor, view)]


def visible_columns(report: Report, actor: Actor, view: View) -> list[str]:
    """The columns that the actor may see, in order."""
    allowed = set(kpis_for(actor, view))
    if sees_all_orders(actor) and not actor.can(Perm.FINANCE_VIEW):
        allowed.discard("commission")  # it would be the onlooker's own beside everybody's orders
    if actor.can(Perm.STOCK_VIEW):
        allowed.add(STOCK)
    return [slug for slug in report.columns if slug in allowed]


_FUNNEL: Final = ("leads", "contacted", "confirmed", "confirmation_rate")
_ROAD: Final = ("shipped", "delivered", "delivery_rate", "returned", "return_rate")
COSTS: Final = ("cogs", "shipping_cost", "ad_spend", "commission", "expenses")

REPORTS: Final = (
    Report(
        "global",
        Theme.MONEY,
        "report-money",
        _("Whole shop"),
        _("Revenue, costs and profit by day, week or month, with the orders behind them."),
        axes=("day", "week", "month"),
        columns=("leads", "confirmed", "delivered", "revenue", "aov", *COSTS, "profit", "roas"),
        drawn=("revenue", "profit"),
        basis=Basis.EVENT,
        team=True,
    ),
    Report(
        "money-map",
        Theme.MONEY,
        "stairs-down",
        _("Money map"),
        _("From what leads were worth to the profit, step by step, for the shop and for each product."),
        axes=("product", "month", "week", "day"),
        columns=("lead_value", "confirmed_value", "revenue", *COSTS, "profit"),
        drawn=("profit", "revenue"),
        drawing=Drawing.WATERFALL,
    ),
    Report(
        "agents",
        Theme.TEAM,
        "headset",
        _("Agents"),
        _("Orders handled, calls, confirmation rate, delivery rate and commission of each agent."),
        axes=("agent", "day", "week", "month", "product"),
        columns=(
            *_FUNNEL,
            "delivered",
            "delivery_rate",
            "return_rate",
            "calls",
            "response_rate",
            "calls_per_order",
            "revenue",
            "commission",
        ),
        drawn=("confirmed", "delivered"),
        drawing=Drawing.BARS,
    ),
    Report(
        "team",
        Theme.TEAM,
        "users-group",
        _("Team"),
        _("How the orders are spread over the team, and how far each one's orders have come."),
        axes=("agent", "store", "channel", "city", "product"),
        columns=(
            "leads",
            "contacted",
            "confirmed",
            "shipped",
            "delivered",
            "cancelled",
            "confirmation_rate",
            "delivery_rate",
            "completion_rate",
            "calls",
            "response_rate",
        ),
        drawn=("leads", "confirmed", "delivered"),
        drawing=Drawing.BARS,
        team=True,
    ),
    Report(
        "products",
        Theme.GOODS,
        "package",
        _("Products"),
        _("Sales, ad spend, profit and stock of each product."),
        axes=("product", "platform"),
        columns=(
            "leads",
            "confirmation_rate",
            "delivered",
            "delivery_rate",
            "sold_units",
            "revenue",
            "ad_spend",
            "cost_per_lead",
            "cost_per_delivered",
            "cogs",
            "profit",
            "break_even_cpl",
            STOCK,
        ),
        drawn=("delivered",),
        ads=True,
    ),
    Report(
        "ads",
        Theme.GOODS,
        "speakerphone",
        _("Ads"),
        _("What ad spend brought, by product, platform, campaign and day, and what is left to sell."),
        axes=("product", "platform", "campaign", "day", "week"),
        columns=(
            "ad_spend",
            "leads",
            "confirmed",
            "confirmation_rate",
            "delivered",
            "delivery_rate",
            "cost_per_lead",
            "cost_per_confirmed",
            "cost_per_delivered",
            "roas",
            "cac",
            STOCK,
        ),
        drawn=("ad_spend",),
        only_main=True,
        ads=True,
    ),
    Report(
        "sources",
        Theme.GOODS,
        "table-import",
        _("Sources"),
        _("Where orders come from: platform, channel, sheet or hook, store; and what becomes of them."),
        axes=("platform", "campaign", "channel", "source", "store"),
        columns=(
            "leads",
            "contacted",
            "confirmation_rate",
            "delivered",
            "delivery_rate",
            "revenue",
            "aov",
            "ad_spend",
            "cost_per_lead",
            "cost_per_delivered",
            "roas",
        ),
        drawn=("leads", "delivered"),
        drawing=Drawing.BARS,
        ads=True,
    ),
    Report(
        "returns",
        Theme.DELIVERY,
        "truck-return",
        _("Returns"),
        _("What comes back, by city, product, carrier, agent and reason."),
        axes=("city", "product", "carrier", "agent", "reason", "month"),
        columns=(*_ROAD, "shipping_cost"),
        drawn=("returned",),
        only_main=True,
    ),
    Report(
        "lead-time",
        Theme.DELIVERY,
        "clock-hour-4",
        _("Lead time"),
        _("Days from the order to the client's door: each stage of the way, and by city, carrier and product."),
        axes=("city", "carrier", "product", "store", "month"),
        columns=("delivered", "lead_time", "on_time_rate"),
        drawn=("lead_time",),
        basis=Basis.EVENT,
        sort="-delivered",
        extras=(Extra.STAGES,),
    ),
    Report(
        "carriers",
        Theme.DELIVERY,
        "truck",
        _("Carriers"),
        _("Parcels, delivery rate, returns, days and fees of each carrier."),
        axes=("carrier", "city", "month"),
        columns=(*_ROAD, "lead_time", "on_time_rate", "revenue", "shipping_cost"),
        drawn=("delivered", "returned"),
        drawing=Drawing.BARS,
        sort="-shipped",
    ),
    Report(
        "cities",
        Theme.DELIVERY,
        "map-pin",
        _("Cities"),
        _("Where orders come from, how many are confirmed and delivered there."),
        axes=("city", "carrier", "product"),
        columns=(
            "leads",
            "confirmation_rate",
            "shipped",
            "delivered",
            "delivery_rate",
            "return_rate",
            "lead_time",
            "revenue",
            "shipping_cost",
        ),
        drawn=("leads", "delivered"),
        drawing=Drawing.BARS,
    ),
    Report(
        "states",
        Theme.ORDERS,
        "list-details",
        _("States"),
        _("Where the orders of a period stand now, with what they are worth."),
        axes=("state", "agent", "store", "channel"),
        columns=("leads", "lead_value", "confirmed_value"),
        drawn=("leads",),
    ),
    Report(
        "cancelled",
        Theme.ORDERS,
        "clipboard-x",
        _("Cancelled"),
        _("Orders that were cancelled, by reason, agent, product, city and source."),
        axes=("reason", "agent", "product", "city", "platform", "channel", "month"),
        columns=("cancelled", "leads", "lead_value"),
        drawn=("cancelled",),
        only_main=True,
    ),
    Report(
        "seasonality",
        Theme.ORDERS,
        "calendar-stats",
        _("Seasons"),
        _("At which hours and on which weekdays orders come in, and each month against the year before."),
        axes=("month", "week"),
        columns=(*_FUNNEL, "delivered", "revenue"),
        drawn=("leads",),
        period="12m",
        comparison=Comparison.YEAR,
        extras=(Extra.HEAT,),
    ),
)
_BY_SLUG: Final = {report.slug: report for report in REPORTS}


def reports_for(actor: Actor) -> list[Report]:
    """The reports that exist for the actor, in order."""
    return [report for report in REPORTS if report.view_for(actor) is not None]


def has_reports(actor: Actor) -> bool:
    """Whether there is any report for the actor."""
    return any(report.view_for(actor) is not None for report in REPORTS)


def get_report(actor: Actor, slug: str) -> Report:
    """One report. Raises `NotFound` where it does not exist for the actor."""
    report = _BY_SLUG.get(slug)
    if report is None or report.view_for(actor) is None:
        raise NotFound
    return report


def known_report(slug: str) -> Report | None:
    """A report by its slug, whoever may see it; None for one that is no more."""
    return _BY_SLUG.get(slug)


def by_theme(reports: Iterable[Report]) -> list[tuple[Theme, list[Report]]]:
    """The reports under their headings; headings without any are left out."""
    rows = list(reports)
    return [(theme, found) for theme in Theme if (found := [row for row in rows if row.theme is theme])]
