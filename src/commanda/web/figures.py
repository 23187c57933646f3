"""KPIs in charts, and the way from a figure to the list of orders."""

from collections.abc import Mapping
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode

from commanda.accounts.permissions import Perm
from commanda.insights.kpis import Unit
from commanda.insights.periods import Period
from commanda.kernel.actor import Actor
from commanda.web import charts

CHART_UNITS = {Unit.COUNT: charts.Unit.COUNT, Unit.MAD: charts.Unit.MAD, Unit.RATIO: charts.Unit.RATIO}


def orders_url(actor: Actor, **filters: Any) -> str:
    """The orders list under these filters; "" for those who may not open it, or where it does not exist."""
    if not actor.can(Perm.ORDERS_VIEW):
        return ""
    try:
        address = reverse("orders")
    except NoReverseMatch:
        return ""
    given = {name: value for name, value in filters.items() if value not in (None, "")}
    return f"{address}?{urlencode(given)}" if given else address


def created_in(period: Period) -> Mapping[str, str]:
    """The filters of orders created in the period."""
    return {"created_from": period.first.isoformat(), "created_to": period.last.isoformat()}
