"""Count the shelf: type what is there, look at the differences, then save them."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from commanda.accounts.permissions import Perm
from commanda.kernel.errors import CommandaError, Invalid
from commanda.stock import selectors
from commanda.stock.models import StockLevel
from commanda.stock.services.documents import MAX_QUANTITY, StockLine, count_stock
from commanda.web.htmx import redirect, render_page
from commanda.web.page import PageRequest, page
from commanda.web.pagination import keyset_page
from commanda.web.stock.listing import ORDER, read_filters

COUNT, SEEN = "count-", "seen-"
SIZE = 100


@dataclass(frozen=True, slots=True)
class Difference:
    """What was counted of one variant against what should be there."""

    level: StockLevel
    counted: int

    @property
    def change(self) -> int:
        return self.counted - self.level.shelf

    @property
    def breaks_promise(self) -> bool:
        """Fewer than confirmed orders wait for."""
        return self.counted < self.level.reserved and not self.level.allows_backorder


@page(Perm.STOCK_EDIT)
def count(request: PageRequest) -> HttpResponse:
    """The sheet to fill in; a POST shows the differences, a POST with `save` writes them."""
    if request.method != "POST":
        return _sheet(request)
    try:
        counted = _counted(request)
        if "save" in request.POST:
            count_stock(
                actor=request.actor,
                lines=[StockLine(pk, quantity) for pk, quantity in counted.items()],
                note=request.POST.get("note", "").strip()[:300],
                seen=_quantities(request, SEEN),
            )
            messages.success(request, _("The count is saved."))
            return redirect(request, reverse("stock"))
    except Invalid as error:
        return _sheet(request, error=error)
    except CommandaError as error:
        return _preview(request, _counted(request), error=error)
    return _preview(request, counted)


def _sheet(request: PageRequest, *, error: Exception | None = None) -> HttpResponse:
    search, show = read_filters(request)
    rows = selectors.levels(request.actor, search=search, show=show)
    if variant := request.GET.get("variant", ""):
        rows = rows.filter(variant__sku=variant)
    context: dict[str, Any] = {
        "page": keyset_page(rows, order=ORDER, cursor=request.GET.get("after"), size=SIZE),
        "typed": {key.removeprefix(COUNT): value for key, value in request.POST.items() if key.startswith(COUNT)},
        "search": search,
        "error": error,
    }
    status = 422 if error else 200
    return render_page(request, "stock/count.html", context, partial="stock/_count.html", status=status)


def _preview(request: PageRequest, counted: dict[int, int], *, error: Exception | None = None) -> HttpResponse:
    levels = selectors.levels(request.actor).filter(pk__in=counted)
    rows = [Difference(level, counted[level.pk]) for level in levels]
    context: dict[str, Any] = {
        "rows": rows,
        "changes": sum(1 for row in rows if row.change),
        "note": request.POST.get("note", ""),
        "error": error,
    }
    return render_page(request, "stock/count_preview.html", context, status=409 if error else 200)


def _counted(request: PageRequest) -> dict[int, int]:
    counted = _quantities(request, COUNT)
    if not counted:
        raise Invalid(_("Type at least one quantity."), field="lines", code="nothing_counted")
    return counted


def _quantities(request: PageRequest, start: str) -> dict[int, int]:
    """Variant id → quantity, of the fields that were filled in. Raises `Invalid` for what is no quantity."""
    found: dict[int, int] = {}
    for key in request.POST:
        variant_id, number = key.removeprefix(start), request.POST.get(key, "").strip()
        if not key.startswith(start) or not number or not variant_id.isdecimal() or len(variant_id) > 18:
            continue
        if not (number.isascii() and number.isdigit() and len(number) <= 6 and int(number) <= MAX_QUANTITY):
            raise Invalid(_("Write whole numbers of units, 0 or more."), field="lines", code="bad_quantity")
        found[int(variant_id)] = int(number)
    return found
