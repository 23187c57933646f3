"""KPIs in charts, and the way from a figure to the list of orders."""

from collections.abc import Mapping
from typing import Any

from commanda.accounts.permissions import Perm
from commanda.insights.kpis import Unit
from commanda.insights.periods import Period
from commanda.kernel.actor import Actor
from commanda.web import charts
from commanda.web.addresses import address, with_query

CHART_UNITS = {Unit.COUNT: charts.Unit.COUNT, Unit.MAD: charts.Unit.MAD, Unit.RATIO: charts.Unit.RATIO}


def orders_url(actor: Actor, **filters: Any) -> str:
    """The orders list under these filters; "" for those who may not open it."""
    return with_query(address("orders"), filters.items()) if actor.can(Perm.ORDERS_VIEW) else ""


def created_in(period: Period) -> Mapping[str, str]:
    """The filters of orders created in the period."""
    return {"created_from": period.first.isoformat(), "created_to": period.last.isoformat()}
