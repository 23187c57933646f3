"""One variant: its level, its ledger, its quarantine."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.kernel.errors import NotFound
from commanda.orders import selectors as orders
from commanda.orders.stages import Stage
from commanda.stock import selectors
from commanda.stock.models import StockLevel, StockMovement
from commanda.stock.services.documents import release_quarantine
from commanda.web.htmx import redirect, render_page
from commanda.web.page import PageRequest, form_errors, page
from commanda.web.pagination import keyset_page
from commanda.web.stock.forms import QuarantineForm
from commanda.web.stock.listing import is_low


@page(Perm.STOCK_VIEW)
@require_safe
def stock_item(request: PageRequest, sku: str) -> HttpResponse:
    """The level and the ledger; htmx gets the ledger."""
    return _show(request, selectors.level_of_sku(request.actor, sku), QuarantineForm())


def _show(request: PageRequest, level: StockLevel, form: QuarantineForm, *, status: int = 200) -> HttpResponse:
    ledger = keyset_page(selectors.movements(request.actor, level.pk), order=("-id",), cursor=request.GET.get("after"))
    known = orders.references(request.actor, [row.order_id for row in ledger if row.order_id])
    context: dict[str, Any] = {
        "level": level,
        "variant": level.variant,
        "cover": selectors.cover(request.actor, [level])[level.pk],
        "is_low": is_low(level),
        "page": ledger,
        "rows": [(row, _what(row), known.get(row.order_id or 0, "")) for row in ledger],
        "form": form,
    }
    return render_page(request, "stock/item.html", context, partial="stock/_ledger.html", status=status)


def _what(row: StockMovement) -> str:
    """A movement in words; those of an order name the stage it entered."""
    if row.kind == StockMovement.Kind.ORDER and row.note in set(Stage):
        return str(Stage(row.note).label)
    return str(row.get_kind_display())


@page(Perm.STOCK_EDIT)
@require_POST
def quarantine(request: PageRequest, variant_id: int) -> HttpResponse:
    """Decide about units in quarantine: `decision` is `stock` or `loss`."""
    level = selectors.levels(request.actor).filter(pk=variant_id).first()
    if level is None:
        raise NotFound
    form = QuarantineForm(request.POST)
    if form.is_valid():
        with form_errors(form):
            release_quarantine(
                actor=request.actor,
                variant_id=variant_id,
                to_stock=request.POST.get("decision") == "stock",
                **form.cleaned_data,
            )
            messages.success(request, _("Saved."))
            return redirect(request, reverse("stock_item", args=[level.variant.sku]))
    return _show(request, level, form, status=422)
