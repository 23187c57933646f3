"""Carriers: an admin's list."""

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commanda.accounts.permissions import Perm
from commanda.shipping import selectors
from commanda.shipping.services.carriers import save_carrier
from commanda.web.htmx import redirect, render_page
from commanda.web.page import PageRequest, form_errors, page
from commanda.web.shipping.forms import CarrierForm
from commanda.web.shipping.parts import desk_context


@page(Perm.SETTINGS_MANAGE)
@require_safe
def carrier_list(request: PageRequest) -> HttpResponse:
    context = {
        **desk_context(request, "shipping_carriers"),
        "carriers": selectors.carriers_with_counts(request.actor),
    }
    return render_page(request, "shipping/carriers.html", context)


@page(Perm.SETTINGS_MANAGE)
def edit_carrier(request: PageRequest, carrier_id: int | None = None) -> HttpResponse:
    """A new carrier, or the one with `carrier_id`."""
    carrier = selectors.carrier(carrier_id) if carrier_id is not None else None
    form = CarrierForm(request.POST or None, instance=carrier)
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            save_carrier(actor=request.actor, carrier_id=carrier_id, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect(request, reverse("shipping_carriers"))
    context = {**desk_context(request, "shipping_carriers"), "form": form, "carrier_id": carrier_id}
    return render_page(request, "shipping/carrier_form.html", context, status=422 if form.errors else 200)
