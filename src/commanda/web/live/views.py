"""The small parts that pages ask for when they hear that something changed."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from commanda.accounts.permissions import Perm
from commanda.orders import selectors
from commanda.web.numbers import number_or_none
from commanda.web.orders.filters import FilterForm, read_filters
from commanda.web.page import PageRequest, page

MOST_COUNTED = 99


@page(Perm.ORDERS_VIEW, Perm.ORDERS_VIEW_ALL)
@require_safe
def new_orders(request: PageRequest) -> HttpResponse:
    """How many orders are younger than the one with the number `since`, under the list's filters: the pill."""
    filters = read_filters(FilterForm(request.GET, actor=request.actor))
    since = number_or_none(request.GET.get("since"))
    # What is no number counts nothing, like a list that is up to date.
    if since is None:
        return render(request, "live/_new_orders.html", {"number": 0})
    younger = selectors.find_orders(request.actor, filters).filter(pk__gt=since).order_by()
    number = younger[: MOST_COUNTED + 1].count()
    query = request.GET.copy()
    query.pop("since", None)
    context = {"number": number, "shown": min(number, MOST_COUNTED), "query": query.urlencode()}
    return render(request, "live/_new_orders.html", context)
