"""Make, change and remove the offers of a product."""

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from commanda.accounts.permissions import Perm
from commanda.catalog import selectors
from commanda.catalog.services.offers import remove_offer, save_offer
from commanda.web.htmx import redirect, render_page
from commanda.web.page import PageRequest, form_errors, page
from commanda.web.products.listing import detail_context
from commanda.web.products.offers import OfferForm, offer_context


@page(Perm.CATALOG_EDIT)
@require_POST
def save(request: PageRequest, product_id: int, offer_id: int = 0) -> HttpResponse:
    """Make an offer (no `offer_id`) or change one."""
    product = selectors.get_product(request.actor, product_id)
    offer = selectors.get_offer(request.actor, product_id, offer_id) if offer_id else None
    form = OfferForm(request.POST, actor=request.actor, offer=offer)
    if form.is_valid():
        with form_errors(form):
            save_offer(
                actor=request.actor, product_id=product_id, data=form.data_for_service, offer_id=offer_id or None
            )
            messages.success(request, _("Saved."))
            return redirect(request, reverse("product", args=[product_id]) + "#offers")
    context = detail_context(request.actor, product) | offer_context(request.actor, product, form, offer_id)
    return render_page(request, "products/detail.html", context, status=422)


@page(Perm.CATALOG_EDIT)
@require_POST
def remove(request: PageRequest, offer_id: int) -> HttpResponse:
    """Forget an offer."""
    product_id = remove_offer(actor=request.actor, offer_id=offer_id)
    return redirect(request, reverse("product", args=[product_id]) + "#offers")
