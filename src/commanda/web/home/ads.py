"""Ads: what was spent, what it brought, and what there is left to sell."""

from decimal import Decimal
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _

from commanda.accounts.permissions import Perm
from commanda.alerts.selectors import to_pause
from commanda.insights.boards import compared, platform_results
from commanda.insights.goods import products_to_sell
from commanda.insights.kpis import KPIS, View, kpis_for, sees_all_orders
from commanda.reports.writing import day_label
from commanda.web.charts import Colour, Series, Unit, bar, ranking
from commanda.web.home.blocks import AD_CARDS, Block, Desk, Width

RESULT_COLUMNS: Final = (
    "ad_spend",
    "leads",
    "confirmed",
    "delivered",
    "cost_per_lead",
    "cost_per_confirmed",
    "cost_per_delivered",
    "roas",
)
PLATFORM_COLUMNS: Final = (
    "ad_spend",
    "leads",
    "confirmation_rate",
    "delivered",
    "cost_per_lead",
    "cost_per_delivered",
    "roas",
)
BRIEF: Final = frozenset({"ad_spend", "leads", "cost_per_delivered", "roas"})  # what a phone shows of them
MOST_RANKED: Final = 10
MOST_PRODUCTS: Final = 12


def _is_buyer(desk: Desk) -> bool:
    """Ads are what they see of the shop; others see them among the rest."""
    return desk.actor.can(Perm.ADS_ENTER) and not sees_all_orders(desk.actor)


def headline(desk: Desk) -> Block | None:
    """Own spend and what it brought, beside the period before."""
    if not _is_buyer(desk):
        return None
    cards: list[dict[str, Any]] = []
    for found in compared(desk.ad_course, AD_CARDS):
        icon, colour = AD_CARDS[found.kpi.slug]
        spark = [row["ad_spend"] for row in desk.ad_course.days.values()] if found.kpi.slug == "ad_spend" else None
        cards.append(
            {"compared": found, "icon": icon, "colour": colour, "spark": spark, "url": desk.ad_links.to(found.kpi.slug)}
        )
    return Block("home/_headline.html", Width.FULL, {"cards": cards})


def products(desk: Desk) -> Block | None:
    """Pictures of what is on sale, with what is left: all whose ads should pause, then those that run out first."""
    if not _is_buyer(desk) or not desk.actor.can(Perm.STOCK_VIEW):
        return None
    pausing = to_pause(desk.actor)
    found = [(row, pausing.get(row.product.pk, [])) for row in products_to_sell(desk.actor)]
    rows = sorted(found, key=lambda pair: not (pair[0].is_low or pair[1]))
    low = [row for row, alerts in rows if row.is_low or alerts]
    shown = rows[: max(MOST_PRODUCTS, len(low))]
    data = {"rows": shown, "low": low, "more": len(rows) - len(shown), "all_url": reverse("products")}
    return Block("home/_ad_products.html", Width.FULL, data)


def results(desk: Desk) -> Block | None:
    """What each product brought on each platform for the own spend."""
    if not _is_buyer(desk):
        return None
    visible = kpis_for(desk.actor, View.ADS)
    columns = [visible[slug] for slug in RESULT_COLUMNS if slug in visible]
    data = {"rows": desk.ad_rows, "columns": columns, "brief": BRIEF, "enter_url": reverse("ads")}
    return Block("home/_ad_results.html", Width.FULL, data)


def platforms(desk: Desk) -> Block | None:
    """What each platform cost and brought, for those who see all ads."""
    if not {"ad_spend", "cost_per_lead"} <= desk.kpis:
        return None
    rows = platform_results(desk.actor, desk.period, PLATFORM_COLUMNS, basis=desk.basis)
    data = {"rows": rows, "columns": [KPIS[slug] for slug in PLATFORM_COLUMNS], "brief": BRIEF, "links": desk.links}
    return Block("home/_platforms.html", Width.MAIN, data)


def spend_by_day(desk: Desk) -> Block | None:
    """Spend, day by day."""
    is_shown = _is_buyer(desk) and desk.period.days > 1
    if not is_shown:
        return None
    days = desk.ad_course.days
    series = [Series(KPIS["ad_spend"].label, [row["ad_spend"] for row in days.values()], Colour.PURPLE)]
    chart = bar(_("Ad spend by day"), [day_label(day) for day in days], series, unit=Unit.MAD)
    return Block("home/_chart.html", Width.HALF, {"chart": chart, "icon": "chart-bar"})


def cost_ranking(desk: Desk) -> Block | None:
    """What a delivered order costs in ads, by product and platform, the cheapest first."""
    if not _is_buyer(desk):
        return None
    known = [(row, row.figures["cost_per_delivered"]) for row in desk.ad_rows if row.figures["cost_per_delivered"]]
    cheapest = sorted(known, key=lambda pair: pair[1] or Decimal(0))[:MOST_RANKED]
    chart = ranking(
        _("Ads per delivered order"),
        [(f"{row.product or _('No product')} · {row.platform or ''}", value, "") for row, value in cheapest],
        unit=Unit.MAD,
        colour=Colour.TEAL,
    )
    return Block("home/_chart.html", Width.HALF, {"chart": chart, "icon": "target-arrow", "size": "lg"})
