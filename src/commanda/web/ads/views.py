"""Ads: enter a day's spend, see the last days and what they brought."""

from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from commanda.accounts.permissions import Perm
from commanda.ads.models import AdSpend
from commanda.ads.rates import known_currencies
from commanda.ads.selectors import buyers, day_spends, imported_of_day, platforms, sums_by_day
from commanda.ads.services.spend import enter_spends
from commanda.catalog.models import Product
from commanda.catalog.selectors import products
from commanda.insights.boards import ad_groups, ad_results
from commanda.insights.kpis import View, kpis_for
from commanda.kernel.actor import Actor
from commanda.kernel.clock import today
from commanda.kernel.errors import Invalid, NotFound
from commanda.web.ads.grid import Grid, cells_of, rate_of, read_grid
from commanda.web.ads.tabs import tabs
from commanda.web.htmx import redirect, render_page
from commanda.web.numbers import number_or_none
from commanda.web.page import PageRequest, page
from commanda.web.periods import picked

LAST_DAYS = 14
COLUMNS = (
    "ad_spend",
    "leads",
    "confirmed",
    "delivered",
    "confirmation_rate",
    "delivery_rate",
    "cost_per_lead",
    "cost_per_confirmed",
    "cost_per_delivered",
    "roas",
    "cac",
)

BRIEF = frozenset({"ad_spend", "leads", "cost_per_delivered", "roas"})  # what a phone shows of them


@page(Perm.ADS_ENTER, Perm.ADS_VIEW_ALL)
@require_http_methods(["GET", "HEAD", "POST"])
def grid(request: PageRequest) -> HttpResponse:
    """The grid of one day and buyer; below it the last days and the results."""
    actor, day = request.actor, _day(request)
    people = list(buyers(actor))
    buyer_id = _buyer_id(request, [person.pk for person in people])
    spent = day_spends(actor, spent_on=day, buyer_id=buyer_id) if buyer_id else {}
    columns = list(platforms())
    imported = imported_of_day(actor, spent_on=day, buyer_id=buyer_id) if buyer_id else {}
    goods = _goods(request, [product_id for product_id, _platform in (*spent, *imported) if product_id])
    shown = read_grid(goods, columns, spent, request.POST if request.method == "POST" else None, imported)
    may_enter = actor.can(Perm.ADS_ENTER) and buyer_id is not None
    if request.method == "POST" and may_enter and buyer_id and _is_entered(actor, shown, spent, day, buyer_id):
        messages.success(request, _("Saved."))
        return redirect(request, _address(day, buyer_id, request.user.pk))
    choice = picked(request)
    latest = sums_by_day(actor, first=today() - timedelta(days=LAST_DAYS - 1), last=today(), buyer_id=buyer_id)
    visible = kpis_for(actor, View.ADS)
    context = {
        **tabs(actor, "ads"),
        "grid": shown,
        "unmapped_of_day": sum(amount for (product_id, _platform), amount in imported.items() if product_id is None),
        "platforms": columns,
        "day": day,
        "days": _days_around(day, buyer_id, request.user.pk),
        "people": people,
        "buyer_id": buyer_id,
        "currencies": known_currencies(),
        "may_enter": may_enter,
        "latest": [
            {
                "day": spent_on,
                "platforms": sums,
                "total": sum(sums.values()),
                "url": _address(spent_on, buyer_id, request.user.pk),
            }
            for spent_on, sums in latest.items()
        ],
        "picked": choice,
        "results": ad_results(actor, ad_groups(actor, choice.period, basis=choice.basis)),
        "brief": BRIEF,
        "columns": [visible[slug] for slug in COLUMNS if slug in visible],
    }
    return render_page(request, "ads/grid.html", context, status=422 if shown.has_errors else 200)


def _is_entered(actor: Actor, shown: Grid, spent: dict[tuple[int, int], AdSpend], day: date, buyer_id: int) -> bool:
    """Saves what was typed; otherwise the grid says what is wrong, beside the cell or the rate."""
    cells, rate = cells_of(shown, spent), rate_of(shown)
    if shown.has_errors:
        return False
    try:
        enter_spends(actor=actor, cells=cells, spent_on=day, currency=shown.currency, rate=rate, buyer_id=buyer_id)
    except Invalid as error:
        shown.put_error("rate" if error.code == "no_rate" else error.field, str(error))
        return False
    return True


def _day(request: PageRequest) -> date:
    try:
        asked = parse_date(request.POST.get("day") or request.GET.get("day", ""))
    except ValueError:
        asked = None
    return min(asked, today()) if asked else today()


def _buyer_id(request: PageRequest, known: list[int]) -> int | None:
    """Whose grid: the one asked for, oneself, or the first of those who run ads."""
    text = request.POST.get("buyer") or request.GET.get("buyer", "")
    if text:
        asked = number_or_none(text)
        if asked is None or asked not in known:
            raise NotFound
        return asked
    others = [pk for pk in known if pk != request.user.pk]
    is_overseer = request.actor.can(Perm.ADS_VIEW_ALL) and others
    return others[0] if is_overseer else next(iter(known), None)


def _goods(request: PageRequest, also: list[int]) -> list[Product]:
    """Products on sale, and those with spend on the day."""
    every = products(request.actor)
    return list((every.filter(is_active=True) | every.filter(pk__in=also)).order_by("name"))


def _address(day: date, buyer_id: int | None, own_id: int) -> str:
    asked = {"day": day.isoformat()}
    if buyer_id and buyer_id != own_id:
        asked["buyer"] = str(buyer_id)
    return f"{reverse('ads')}?{urlencode(asked)}"


def _days_around(day: date, buyer_id: int | None, own_id: int) -> dict[str, str]:
    """Addresses of the day before and, unless it is to come, the day after."""
    after = day + timedelta(days=1)
    return {
        "before": _address(day - timedelta(days=1), buyer_id, own_id),
        "after": _address(after, buyer_id, own_id) if after <= today() else "",
    }
