"""Clients: found by name or phone; one client with all orders; block with a reason."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.customers import selectors
from commanda.customers.models import Customer
from commanda.customers.services.edit import block_customer, edit_customer
from commanda.orders.selectors import numbers_of_customers, orders_of_customer
from commanda.privacy.services.note_access import note_access
from commanda.web.fields import CityField, PhoneField
from commanda.web.htmx import redirect, render_page
from commanda.web.page import PageRequest, form_errors, page
from commanda.web.pagination import keyset_page


class CustomerForm(forms.Form):
    """What can be changed about a client; the phone is who they are."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200, required=False)
    phone2_e164 = PhoneField(label=gettext_lazy("Second phone"), required=False)
    city = CityField(label=gettext_lazy("City"), required=False)
    address = forms.CharField(label=gettext_lazy("Address"), max_length=500, required=False)
    tags = forms.CharField(
        label=gettext_lazy("Tags"), max_length=400, required=False, help_text=gettext_lazy("Separated by commas.")
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def fields_to_save(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        city = data.pop("city")
        data["city_id"] = city.pk if city else None
        data["tags"] = [tag.strip()[:40] for tag in data["tags"].split(",") if tag.strip()]
        return data


class BlockForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200, required=False)


@page(Perm.CUSTOMERS_VIEW)
@require_safe
def customer_list(request: PageRequest) -> HttpResponse:
    q, only_blocked = request.GET.get("q", ""), request.GET.get("blocked") == "1"
    rows = selectors.find_customers(request.actor, q=q, only_blocked=only_blocked)
    found = keyset_page(rows, order=("-id",), cursor=request.GET.get("after"))
    note_access(actor=request.actor, kind="listed", customer_ids=[customer.pk for customer in found])
    numbers = numbers_of_customers(request.actor, [customer.pk for customer in found])
    context = {
        "page": found,
        "rows": [(customer, numbers.get(customer.pk)) for customer in found],
        "q": q,
        "only_blocked": only_blocked,
    }
    return render_page(request, "customers/list.html", context, partial="customers/_results.html")


@page(Perm.CUSTOMERS_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def customer_detail(request: PageRequest, customer_id: int) -> HttpResponse:
    """One client; those with the right may change the record here."""
    customer = selectors.get_customer(request.actor, customer_id)
    if request.method == "POST":
        request.actor.require(Perm.CUSTOMERS_EDIT)
    else:
        note_access(actor=request.actor, kind="opened", customer_ids=[customer.pk])
    form = CustomerForm(request.POST or None, initial=_initial(customer))
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            edit_customer(actor=request.actor, customer_id=customer.pk, fields=form.fields_to_save())
            messages.success(request, _("Saved."))
            return redirect(request, reverse("customer", args=[customer.pk]))
    return _render(request, customer, form, BlockForm())


@page(Perm.CUSTOMERS_EDIT)
@require_POST
def block(request: PageRequest, customer_id: int) -> HttpResponse:
    """Block or unblock, by the state the client is in."""
    customer = selectors.get_customer(request.actor, customer_id)
    form = BlockForm(request.POST)
    if form.is_valid():
        with form_errors(form):
            block_customer(
                actor=request.actor,
                customer_id=customer.pk,
                is_blocked=not customer.is_blocked,
                reason=form.cleaned_data["reason"],
            )
            return redirect(request, reverse("customer", args=[customer.pk]))
    return _render(request, customer, CustomerForm(initial=_initial(customer)), form)


def _initial(customer: Customer) -> dict[str, Any]:
    names = ("name", "phone2_e164", "address", "note")
    values = {name: getattr(customer, name) for name in names}
    return values | {"city": customer.city_id, "tags": ", ".join(customer.tags)}


def _render(request: PageRequest, customer: Customer, form: CustomerForm, block_form: BlockForm) -> HttpResponse:
    orders = keyset_page(
        orders_of_customer(request.actor, customer.pk), order=("-id",), cursor=request.GET.get("after"), size=25
    )
    context = {
        "customer": customer,
        "form": form,
        "block_form": block_form,
        "page": orders,
        "numbers": numbers_of_customers(request.actor, [customer.pk]).get(customer.pk, {}),
    }
    has_errors = bool(form.errors or block_form.errors)
    return render_page(request, "customers/detail.html", context, status=422 if has_errors else 200)
