"""The levels: what there is, what is promised, how long it lasts."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commanda.accounts.permissions import Perm
from commanda.kernel.export import MAX_ROWS, Row, table_download
from commanda.stock import selectors
from commanda.stock.selectors import Show
from commanda.web.htmx import render_page
from commanda.web.page import PageRequest, page
from commanda.web.pagination import keyset_page

ALERTS = 6
CHUNK = 500
ORDER = ("variant__product__name", "variant_id")


@page(Perm.STOCK_VIEW)
@require_safe
def level_list(request: PageRequest) -> HttpResponse:
    """The list; htmx gets the part below the search."""
    search, show = read_filters(request)
    rows = keyset_page(
        selectors.levels(request.actor, search=search, show=show), order=ORDER, cursor=request.GET.get("after")
    )
    low = list(selectors.low_levels(request.actor)[: ALERTS + 1])
    context: dict[str, Any] = {
        "page": rows,
        "cover": selectors.cover(request.actor, [*rows, *low]),
        "low": low[:ALERTS],
        "has_more_low": len(low) > ALERTS,
        "low_pks": {level.pk for level in rows if is_low(level)},
        "search": search,
        "show": show,
        "tabs": _tabs(request, show),
    }
    return render_page(request, "stock/list.html", context, partial="stock/_list.html")


def read_filters(request: PageRequest) -> tuple[str, Show]:
    """The search text and which levels are shown; an unknown word shows all."""
    shown = request.GET.get("show", "")
    return request.GET.get("q", "")[:100], Show(shown) if shown in set(Show) else Show.ALL


def is_low(level: Any) -> bool:
    """At or under the product's threshold."""
    threshold = level.variant.product.low_stock_qty
    return bool(threshold) and level.available <= threshold


def _tabs(request: PageRequest, active: Show) -> list[dict[str, Any]]:
    labels = {
        Show.ALL: _("All"),
        Show.LOW: _("Low stock"),
        Show.OUT: _("Sold out"),
        Show.QUARANTINE: _("In quarantine"),
    }
    tabs = []
    for show, label in labels.items():
        query = request.GET.copy()
        query.pop("after", None)
        query["show"] = show.value
        if not show:
            del query["show"]
        tabs.append({"url": f"?{query.urlencode()}", "label": label, "count": None, "is_active": show == active})
    return tabs


@page(Perm.STOCK_VIEW)
@require_safe
def export(request: PageRequest, kind: str) -> HttpResponseBase:
    """The levels under the same filters as CSV or XLSX."""
    head = [
        _("SKU"), _("Product"), _("Options"), _("Category"), _("On hand"), _("Reserved"), _("In transit"),
        _("Available"), _("Quarantine"), _("Left in 14 days"), _("Days of cover"), _("Low-stock threshold"),
        _("Active"),
    ]  # fmt: skip
    return table_download(kind=kind, name="stock", head=head, rows=_export_rows(request))


def _export_rows(request: PageRequest) -> Iterator[Row]:
    search, show = read_filters(request)
    levels = selectors.levels(request.actor, search=search, show=show)[:MAX_ROWS].iterator(chunk_size=CHUNK)
    while some := list(islice(levels, CHUNK)):
        cover = selectors.cover(request.actor, some)
        for level in some:
            variant = level.variant
            yield (
                variant.sku,
                variant.product.name,
                variant.options,
                str(variant.product.category or ""),
                level.on_hand,
                level.reserved,
                level.in_transit,
                level.available,
                level.quarantine,
                cover[level.pk].left_qty,
                cover[level.pk].days,
                variant.product.low_stock_qty,
                _("yes") if variant.is_active and variant.product.is_active else _("no"),
            )
