"""Lists handed to carriers: on screen, on paper, as a file."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from commanda.accounts.permissions import Perm
from commanda.kernel.export import table_download
from commanda.privacy.services.note_access import note_access
from commanda.shipping import selectors
from commanda.shipping.documents import MANIFEST_HEAD, manifest_rows
from commanda.shipping.models import Manifest
from commanda.web.htmx import render_page
from commanda.web.page import PageRequest, page
from commanda.web.pagination import keyset_page
from commanda.web.shipping.parts import desk_context


@page(Perm.SHIPPING_SHIP)
@require_safe
def manifest_list(request: PageRequest) -> HttpResponse:
    rows = keyset_page(selectors.manifests(request.actor), order=("-id",), cursor=request.GET.get("after"))
    context = {**desk_context(request, "shipping_manifests"), "page": rows}
    return render_page(request, "shipping/manifests.html", context, partial="shipping/_manifests.html")


@page(Perm.SHIPPING_SHIP)
@require_safe
def manifest_detail(request: PageRequest, manifest_id: int) -> HttpResponse:
    manifest = selectors.manifest(request.actor, manifest_id)
    context = {
        **desk_context(request, "shipping_manifests"),
        "manifest": manifest,
        "parcels": selectors.manifest_parcels(request.actor, manifest_id),
    }
    return render_page(request, "shipping/manifest.html", context)


@page(Perm.SHIPPING_SHIP)
@require_safe
def manifest_print(request: PageRequest, manifest_id: int) -> HttpResponse:
    """One A4 sheet or more, without the frame; both sides sign."""
    manifest = _handed_out(request, manifest_id)
    rows = list(manifest_rows(request.actor, manifest))
    return render_page(
        request, "shipping/manifest_print.html", {"manifest": manifest, "head": MANIFEST_HEAD, "rows": rows}
    )


@page(Perm.SHIPPING_SHIP)
@require_safe
def manifest_file(request: PageRequest, manifest_id: int, kind: str) -> HttpResponseBase:
    """The manifest as CSV or XLSX."""
    manifest = _handed_out(request, manifest_id)
    rows = manifest_rows(request.actor, manifest)
    return table_download(kind=kind, name=manifest.number, head=MANIFEST_HEAD, rows=rows)


def _handed_out(request: PageRequest, manifest_id: int) -> Manifest:
    """The manifest, its clients noted in the log of accesses: the list leaves the house."""
    manifest = selectors.manifest(request.actor, manifest_id)
    clients = selectors.manifest_parcels(request.actor, manifest_id).values_list("order__customer_id", flat=True)
    note_access(actor=request.actor, kind="exported", customer_ids=clients)
    return manifest
