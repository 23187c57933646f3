"""Profit: by product, and each product's account with what its sums are made of."""

from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commanda.accounts.permissions import Perm
from commanda.insights.boards import ProductResult, compared, product_results
from commanda.insights.compute import Figures, course
from commanda.insights.kpis import KPIS
from commanda.insights.measures import Dimension
from commanda.insights.product_account import product_account
from commanda.web.charts import Unit, ranking, waterfall
from commanda.web.figures import created_in, orders_url
from commanda.web.finance.tabs import tabs
from commanda.web.htmx import render_page
from commanda.web.page import PageRequest, page
from commanda.web.periods import Picked, picked
from commanda.web.reports.links import links_of

COLUMNS: Final = (
    "leads",
    "delivered",
    "delivery_rate",
    "revenue",
    "cogs",
    "shipping_cost",
    "ad_spend",
    "commission",
    "expenses",
    "profit",
    "break_even_cpl",
)
BRIEF: Final = frozenset({"delivered", "revenue", "ad_spend", "profit"})  # what a phone shows of them
CARDS: Final = {
    "revenue": ("cash", "primary"),
    "cogs": ("package", "secondary"),
    "shipping_cost": ("truck", "secondary"),
    "ad_spend": ("speakerphone", "purple"),
    "commission": ("headset", "azure"),
    "expenses": ("receipt", "orange"),
    "profit": ("coins", "green"),
}
COSTS: Final = ("cogs", "shipping_cost", "ad_spend", "commission", "expenses")


@page(Perm.FINANCE_VIEW)
@require_safe
def profit(request: PageRequest) -> HttpResponse:
    """The shop's account of a period, and every product's."""
    choice = picked(request)
    links = links_of(choice)
    found = course(request.actor, choice.period, basis=choice.basis)
    results = product_results(request.actor, choice.period, COLUMNS, basis=choice.basis)
    cards = [
        {
            "compared": row,
            "icon": CARDS[row.kpi.slug][0],
            "colour": CARDS[row.kpi.slug][1],
            "url": links.to(row.kpi.slug),
        }
        for row in compared(found, CARDS)
    ]
    context = {
        "tabs": tabs("finance"),
        "picked": choice,
        "cards": cards,
        "columns": [KPIS[slug] for slug in COLUMNS],
        "rows": [(row, _address(row, choice)) for row in results],
        "brief": BRIEF,
        "links": links,
        "total": found.now,
        "chart": _ranking(results, choice),
    }
    return render_page(request, "finance/profit.html", context)


def _address(row: ProductResult, choice: Picked) -> str:
    return "" if row.product is None else f"{reverse('finance_product', args=[row.product.pk])}?{choice.query}"


def _ranking(results: list[ProductResult], choice: Picked) -> Any:
    rows = [
        (row.product.name if row.product else _("No product"), row.figures["profit"], _address(row, choice))
        for row in results
    ]
    return ranking(_("Profit by product"), rows[:15], unit=Unit.MAD)


@page(Perm.FINANCE_VIEW)
@require_safe
def product(request: PageRequest, product_id: int) -> HttpResponse:
    """One product's account: every sum, and the rows behind it."""
    choice = picked(request)
    account = product_account(request.actor, product_id, choice.period, basis=choice.basis)
    days = created_in(choice.period)
    delivered = {"delivered_from": days["created_from"], "delivered_to": days["created_to"]}
    sold_in = delivered if choice.basis == "event" else days
    context = {
        "account": account,
        "picked": choice,
        "chart": _account_chart(account.figures),
        "kpis": KPIS,
        "links": links_of(choice, filters={Dimension.PRODUCT: product_id}),
        "orders_url": orders_url(request.actor, product=product_id, stage="delivered", **sold_in),
        "leads_url": orders_url(request.actor, product=product_id, **days),
        "back": f"{reverse('finance')}?{choice.query}",
    }
    return render_page(request, "finance/product.html", context)


def _account_chart(row: Figures) -> Any:
    steps = [
        (KPIS["revenue"].label, row["revenue"], ""),
        *((KPIS[slug].label, -(row[slug] or 0), "") for slug in COSTS),
    ]
    return waterfall(_("From revenue to profit"), steps, total_label=KPIS["profit"].label)
