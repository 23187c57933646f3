"""The figures on top, the course of the days, and the way from lead to delivery."""

from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from commanda.accounts.permissions import Perm
from commanda.insights.boards import compared, on_the_road
from commanda.insights.kpis import sees_all_orders
from commanda.insights.periods import Period
from commanda.reports.writing import day_label
from commanda.web.charts import Colour, Series, line
from commanda.web.charts import funnel as funnel_chart
from commanda.web.home.blocks import Block, Desk, Width

# slug → icon, colour
CARDS: Final = {
    "profit": ("coins", "green"),
    "revenue": ("cash", "primary"),
    "leads": ("clipboard-list", "blue"),
    "confirmation_rate": ("phone-check", "teal"),
    "delivery_rate": ("truck-delivery", "green"),
    "return_rate": ("truck-return", "red"),
    "ad_spend": ("speakerphone", "purple"),
    "aov": ("shopping-cart", "azure"),
    "response_rate": ("headset", "azure"),
    "lead_time": ("clock-hour-4", "orange"),
}
OWNER_CARDS: Final = (
    "profit",
    "revenue",
    "leads",
    "confirmation_rate",
    "delivery_rate",
    "return_rate",
    "ad_spend",
)
TEAM_CARDS: Final = (
    "leads",
    "confirmation_rate",
    "delivery_rate",
    "return_rate",
    "revenue",
    "aov",
    "response_rate",
    "lead_time",
)
OWN_CARDS: Final = ("leads", "confirmation_rate", "delivery_rate", "response_rate")
WITH_SPARK: Final = frozenset({"profit", "revenue", "leads", "ad_spend"})
DAYS_CHART: Final = {
    "leads": Colour.INFO,
    "confirmed": Colour.PRIMARY,
    "delivered": Colour.GOOD,
    "returned": Colour.BAD,
}
STEPS: Final = ("leads", "contacted", "confirmed", "shipped", "delivered")


def headline(desk: Desk) -> Block | None:
    """The most telling figures beside the period before."""
    if "leads" not in desk.kpis:
        return None
    cards: list[dict[str, Any]] = []
    for found in compared(desk.course, _slugs(desk)):
        slug = found.kpi.slug
        icon, colour = CARDS[slug]
        spark = [row[slug] for row in desk.course.days.values()] if slug in WITH_SPARK else None
        cards.append({"compared": found, "icon": icon, "colour": colour, "spark": spark, "url": desk.links.to(slug)})
    data: dict[str, Any] = {"cards": cards}
    if desk.actor.can(Perm.FINANCE_VIEW):
        data["road"] = on_the_road(desk.actor)
        data["road_url"] = desk.orders_url(stage="shipped")
    return Block("home/_headline.html", Width.FULL, data)


def _slugs(desk: Desk) -> tuple[str, ...]:
    if desk.actor.can(Perm.FINANCE_VIEW):
        return OWNER_CARDS
    return TEAM_CARDS if sees_all_orders(desk.actor) else OWN_CARDS


def by_day(desk: Desk) -> Block | None:
    """Leads, confirmed, delivered and returned, day by day."""
    if "leads" not in desk.kpis or desk.period.days < 2:
        return None
    days = desk.course.days
    series = [
        Series(found.kpi.label, [row[found.kpi.slug] for row in days.values()], DAYS_CHART[found.kpi.slug])
        for found in compared(desk.course, DAYS_CHART)
    ]
    links = [desk.links.to("leads", period=Period(day, day)) for day in days]
    chart = line(_("Orders by day"), [day_label(day) for day in days], series, links=links)
    return Block("home/_chart.html", Width.MAIN, {"chart": chart, "icon": "chart-line"})


def funnel(desk: Desk) -> Block | None:
    """How many leads became deliveries."""
    if "leads" not in desk.kpis:
        return None
    steps = [
        (found.kpi.label, found.value or Decimal(0), desk.links.to(found.kpi.slug))
        for found in compared(desk.course, STEPS)
    ]
    chart = funnel_chart(_("From lead to delivery"), steps)
    return Block("home/_chart.html", Width.SIDE, {"chart": chart, "icon": "filter"})
