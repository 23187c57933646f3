"""Orders on paper: A4 and 80 mm receipts, parcel labels and packing lists, one or many, in French or Arabic."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, override
from django.views.decorators.http import require_safe

from commanda.accounts.permissions import Perm
from commanda.kernel.actor import Actor
from commanda.kernel.visibility import FieldClass, may_see
from commanda.orders import selectors
from commanda.orders.models import Order, OrderBilling, PaymentMethod
from commanda.privacy.services.note_access import note_access
from commanda.shipping.models import Parcel
from commanda.shipping.selectors import current_parcels
from commanda.web.numbers import numbers_of
from commanda.web.orders.codes import code128_svg, qr_svg
from commanda.web.orders.filters import filters_of
from commanda.web.page import PageRequest, page

MOST_PRINTED: Final = 300
LANGUAGES: Final = ("fr", "ar")


@dataclass(frozen=True, slots=True)
class Paper:
    """A kind of document: what it is called, its icon, and its template."""

    slug: str
    label: str | Promise
    icon: str

    @property
    def template(self) -> str:
        return f"orders/print/_{self.slug}.html"


PAPERS: Final = {
    paper.slug: paper
    for paper in (
        Paper("a4", gettext_lazy("Receipt A4"), "file-text"),
        Paper("80mm", gettext_lazy("Receipt 80 mm"), "receipt"),
        Paper("label", gettext_lazy("Parcel label"), "barcode"),
        Paper("packing", gettext_lazy("Packing list"), "checklist"),
    )
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One order as it is printed. There is no cost anywhere in it."""

    order: Order
    parcel: Parcel | None
    billing: OrderBilling | None
    payment: str
    bar_code: str
    qr_code: str
    units: int


@page(Perm.ORDERS_VIEW, Perm.ORDERS_VIEW_ALL)
@require_safe
def orders_print(request: PageRequest) -> HttpResponse:
    """A document for the browser's print dialog: `?ids=1,2&kind=a4|80mm|label|packing&lang=fr|ar`.

    With `every=1` instead of ids it is all that the list's filters find. At most 300 orders, and it says so.
    """
    paper = PAPERS.get(request.GET.get("kind", ""), PAPERS["a4"])
    language = request.GET.get("lang", "")
    if language not in LANGUAGES:
        language = (get_language() or "fr")[:2]
        language = language if language in LANGUAGES else "fr"
    orders = _chosen(request)
    note_access(actor=request.actor, kind="exported", customer_ids=[order.customer_id for order in orders])
    with override(language):
        sheets = [_sheet(request.actor, order) for order in orders[:MOST_PRINTED]]
        context = {
            "paper": paper,
            "papers": PAPERS.values(),
            "language": language,
            "languages": LANGUAGES,
            "sheets": sheets,
            "picks": _picks(sheets) if paper.slug == "packing" and len(sheets) > 1 else [],
            "is_cut": len(orders) > MOST_PRINTED,
            "most": MOST_PRINTED,
            "may_see_client": may_see(request.actor, FieldClass.PERSONAL),
        }
        response = render(request, "orders/print/document.html", context)
    response["Content-Language"] = language
    return response


def _chosen(request: PageRequest) -> list[Order]:
    """The chosen orders in the order they were named, or what the filters find; one more than is printed."""
    filters, _active = filters_of(request.GET, request.actor)
    rows = selectors.find_orders(request.actor, filters)
    parcels = Prefetch("parcels", current_parcels(), to_attr="current_parcels")
    full = selectors.with_lines_and_people(rows).select_related("billing")
    full = full.prefetch_related("lines__components__variant__product", parcels)
    if request.GET.get("every"):
        return list(full[: MOST_PRINTED + 1])
    ids = _ids(request)
    found = {order.pk: order for order in full.filter(pk__in=ids)}
    return [found[pk] for pk in ids if pk in found]


def _ids(request: PageRequest) -> list[int]:
    """Comma-separated, repeated, or both; each once."""
    typed = ",".join(request.GET.getlist("ids")).split(",")
    return numbers_of(typed)[: MOST_PRINTED + 1]


def _sheet(actor: Actor, order: Order) -> Sheet:
    billing = getattr(order, "billing", None)
    parcels: list[Parcel] = getattr(order, "current_parcels", [])
    lines: list[Any] = list(order.lines.all())
    return Sheet(
        order=order,
        parcel=parcels[0] if parcels else None,
        billing=billing if billing is not None and may_see(actor, FieldClass.PERSONAL) else None,
        payment=str(billing.get_payment_method_display() if billing else PaymentMethod.CASH_ON_DELIVERY.label),
        bar_code=code128_svg(order.reference),
        qr_code=qr_svg(order.reference),
        units=sum(line.quantity for line in lines),
    )


def _picks(sheets: list[Sheet]) -> list[tuple[str, str, int]]:
    """What to fetch from the shelves for all orders together: SKU, name, units; bundles as their parts."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for sheet in sheets:
        for line in sheet.order.lines.all():
            parts = list(line.components.all())
            for part in parts:
                sums[part.variant.sku, part.variant.label] += part.quantity * line.quantity
            if not parts:
                sums[line.sku, line.label] += line.quantity
    return [(sku, label, units) for (sku, label), units in sorted(sums.items())]
