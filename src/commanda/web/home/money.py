"""Money, for those who may see costs and profit."""

from typing import Final

from commanda.accounts.permissions import Perm
from commanda.insights.boards import ProductResult, product_results
from commanda.insights.kpis import KPIS
from commanda.web.addresses import address, address_frame
from commanda.web.home.blocks import Block, Desk, Width
from commanda.web.reports.drawing import money_map

PRODUCT_COLUMNS: Final = (
    "profit",
    "leads",
    "confirmation_rate",
    "delivery_rate",
    "revenue",
    "cogs",
    "shipping_cost",
    "ad_spend",
    "commission",
    "expenses",
)
BRIEF: Final = frozenset({"delivery_rate", "revenue", "ad_spend", "profit"})  # what a phone shows of them
MOST_PRODUCTS: Final = 12


def waterfall(desk: Desk) -> Block | None:
    """From what the leads were worth to what is left of it."""
    if not desk.actor.can(Perm.FINANCE_VIEW):
        return None
    data = {
        "chart": money_map(desk.course.now, desk.links),
        "icon": "stairs-down",
        "size": "lg",
        "url": address("finance"),
        "picked": desk.picked,
    }
    return Block("home/_chart.html", Width.MAIN, data)


def products(desk: Desk) -> Block | None:
    """Profit by product with all that it is made of."""
    if not desk.actor.can(Perm.FINANCE_VIEW):
        return None
    results = product_results(desk.actor, desk.period, PRODUCT_COLUMNS, basis=desk.basis)
    rows = [(result, _product_url(desk, result)) for result in results[:MOST_PRODUCTS]]
    data = {
        "rows": rows,
        "columns": [KPIS[slug] for slug in PRODUCT_COLUMNS],
        "brief": BRIEF,
        "links": desk.links,
        "total": desk.course.now,
        "all_url": f"{address('finance')}?{desk.picked.query}",
        "more": max(len(results) - MOST_PRODUCTS, 0),
        "uncosted": desk.course.now["uncosted_units"],
        "costs_url": address("finance_costs"),
    }
    return Block("home/_products.html", Width.FULL, data)


def _product_url(desk: Desk, result: ProductResult) -> str:
    if result.product is None:
        return ""
    return f"{address_frame('finance_product').format(result.product.pk)}?{desk.picked.query}"
