"""What the products cost: the list with margins, and the history of one variant."""

from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.finance.cost_selectors import cost_history, cost_rows, costed_variants, missing_costs
from commanda.finance.cost_sheet import COLUMNS
from commanda.finance.services.costs import remove_product_cost, set_product_cost
from commanda.kernel.errors import Invalid
from commanda.kernel.export import MAX_ROWS, Row, table_download
from commanda.web.account.fresh import confirmed
from commanda.web.charts import Chart, Series, Unit, line
from commanda.web.finance.forms import CostForm
from commanda.web.finance.tabs import tabs
from commanda.web.htmx import redirect, render_page
from commanda.web.numbers import number_or_none
from commanda.web.page import PageRequest, form_errors, page
from commanda.web.pagination import keyset_page

ORDER: Final = ("product__name", "pk")
MISSING: Final = "missing"
CHUNK: Final = 500


@page(Perm.FINANCE_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def costs(request: PageRequest) -> HttpResponse:
    """Variants with cost and margin; a form in each row sets another cost."""
    form, wrong_id = None, None
    if request.method == "POST":
        wrong_id = _variant_id(request)
        form = CostForm(request.POST)
        if form.is_valid():
            with form_errors(form):
                set_product_cost(actor=request.actor, variant_id=wrong_id, **form.cleaned_data)
                messages.success(request, _("Saved."))
                query = f"?{request.GET.urlencode()}" if request.GET else ""
                return redirect(request, f"{reverse('finance_costs')}{query}#variant-{wrong_id}")
    search, only_missing = _filters(request)
    variants = keyset_page(
        costed_variants(request.actor, search=search, only_missing=only_missing),
        order=ORDER,
        cursor=request.GET.get("after"),
    )
    missing = missing_costs(request.actor)
    context = {
        "tabs": tabs("finance_costs"),
        "page": variants,
        "rows": [
            (row, form if row.variant.pk == wrong_id else None) for row in cost_rows(request.actor, variants.rows)
        ],
        "missing": missing,
        "shown": _shown(request, missing, only_missing=only_missing),
        "search": search,
        "only_missing": only_missing,
        "may_edit": request.actor.can(Perm.FINANCE_EDIT),
    }
    return render_page(
        request, "finance/costs.html", context, partial="finance/_costs.html", status=422 if form else 200
    )


def _filters(request: PageRequest) -> tuple[str, bool]:
    return request.GET.get("q", "")[:100], request.GET.get("show") == MISSING


def _shown(request: PageRequest, missing: int, *, only_missing: bool) -> list[dict[str, Any]]:
    """The tabs: all, or those without a cost; the search stays."""
    items = []
    for value, label, count in (("", _("All"), None), (MISSING, _("Without cost"), missing)):
        query = request.GET.copy()
        query.pop("after", None)
        query["show"] = value
        if not value:
            del query["show"]
        items.append(
            {
                "url": f"{reverse('finance_costs')}?{query.urlencode()}",
                "label": label,
                "count": count,
                "is_active": bool(value) == only_missing,
            }
        )
    return items


@page(Perm.FINANCE_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def cost(request: PageRequest, variant_id: int) -> HttpResponse:
    """The periods of one variant's cost; the form adds one, or corrects that of its day."""
    form = CostForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            set_product_cost(actor=request.actor, variant_id=variant_id, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect(request, reverse("finance_cost", args=[variant_id]))
    return _cost_page(request, variant_id, form)


@page(Perm.FINANCE_EDIT)
@require_POST
def remove_cost(request: PageRequest, variant_id: int) -> HttpResponse:
    """Take out a cost of a wrong day, with its reason."""
    day = _day(request)
    try:
        remove_product_cost(
            actor=request.actor, variant_id=variant_id, valid_from_on=day, reason=request.POST.get("reason", "")
        )
    except Invalid as error:
        return _cost_page(request, variant_id, CostForm(), wrong_day=day, error=str(error))
    messages.success(request, _("Removed. The cost before it is valid again; the history keeps what was there."))
    return redirect(request, reverse("finance_cost", args=[variant_id]))


def _cost_page(
    request: PageRequest, variant_id: int, form: CostForm, *, wrong_day: date | None = None, error: str = ""
) -> HttpResponse:
    history = cost_history(request.actor, variant_id)
    context = {
        "tabs": tabs("finance_costs"),
        "form": form,
        "history": history,
        "row": history.row,
        "variant": history.row.variant,
        "chart": _chart(history.periods) if len(history.periods) > 1 else None,
        "wrong_day": wrong_day,
        "error": error,
        "may_edit": request.actor.can(Perm.FINANCE_EDIT),
    }
    return render_page(request, "finance/cost.html", context, status=422 if form.errors or error else 200)


def _chart(periods: Any) -> Chart:
    rows = [period.cost for period in reversed(periods)]
    return line(
        _("Cost of one unit"),
        [f"{row.valid_from_on:%d/%m/%Y}" for row in rows],
        [
            Series(_("Purchase"), [row.purchase_amount for row in rows]),
            Series(_("With freight, customs …"), [row.amount for row in rows]),
        ],
        unit=Unit.MAD,
    )


@page(Perm.FINANCE_VIEW)
@confirmed(also_reading=True)
@require_safe
def export(request: PageRequest, kind: str) -> HttpResponseBase:
    """Today's costs under the same filters, with the headings that the import knows."""
    head = [
        *(column.label for column in COLUMNS), _("Product"), _("Cost"), _("Cost of the parts"), _("Selling price"),
        _("Margin"), _("Bundle"),
    ]  # fmt: skip
    return table_download(kind=kind, name="costs", head=head, rows=_export_rows(request))


def _export_rows(request: PageRequest) -> Iterator[Row]:
    search, only_missing = _filters(request)
    variants = costed_variants(request.actor, search=search, only_missing=only_missing)[:MAX_ROWS]
    found = variants.iterator(chunk_size=CHUNK)
    while some := list(islice(found, CHUNK)):
        for row in cost_rows(request.actor, some):
            own = row.current
            yield (
                row.variant.sku,
                own and own.purchase_amount,
                own and own.landed_amount,
                own and own.valid_from_on,
                row.variant.label,
                row.amount,
                row.parts_amount,
                row.variant.price_amount,
                row.margin_amount,
                _("yes") if row.variant.product.is_bundle else _("no"),
            )


def _variant_id(request: PageRequest) -> int:
    variant_id = number_or_none(request.POST.get("variant"))
    if variant_id is None:
        raise Invalid(_("Choose a product."), field="variant")
    return variant_id


def _day(request: PageRequest) -> date:
    try:
        day = parse_date(request.POST.get("valid_from_on", ""))
    except ValueError:
        day = None
    if day is None:
        raise Invalid(_("Choose a day."), field="valid_from_on")
    return day
