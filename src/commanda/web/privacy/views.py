"""Personal data of one client: shown and given as a file, erased for good; who was shown whose data."""

import json

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from commanda.accounts import selectors as people
from commanda.accounts.permissions import Perm
from commanda.customers.selectors import get_customer
from commanda.privacy import selectors
from commanda.privacy.models import Access
from commanda.privacy.services.erase_client import erase_client
from commanda.privacy.services.note_access import note_access
from commanda.web.account.fresh import confirmed
from commanda.web.htmx import redirect, render_page
from commanda.web.page import PageRequest, form_errors, page
from commanda.web.pagination import keyset_page


class EraseForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Who asked for it, and when"),
        max_length=200,
        help_text=gettext_lazy("Kept in the log: write no name and no phone here."),
    )


class LogFilter(forms.Form):
    client = forms.IntegerField(label=gettext_lazy("Client number"), min_value=1, required=False)
    user = forms.IntegerField(min_value=1, required=False)


@page(Perm.SETTINGS_MANAGE)
@confirmed(also_reading=True)
@require_safe
def client_data(request: PageRequest, customer_id: int) -> HttpResponse:
    """All that is kept about the client, to read and to print."""
    return _show(request, customer_id, EraseForm())


@page(Perm.SETTINGS_MANAGE)
@confirmed(also_reading=True)
@require_safe
def client_file(request: PageRequest, customer_id: int) -> HttpResponse:
    """The same as a JSON file."""
    data = selectors.client_data(request.actor, customer_id)
    note_access(actor=request.actor, kind=Access.Kind.EXPORTED, customer_ids=[customer_id])
    text = json.dumps(data, ensure_ascii=False, indent=1)
    headers = {"Content-Disposition": f'attachment; filename="client-{customer_id}.json"'}
    return HttpResponse(text, content_type="application/json", headers=headers)


@page(Perm.SETTINGS_MANAGE)
@confirmed()
@require_POST
def erase(request: PageRequest, customer_id: int) -> HttpResponse:
    form = EraseForm(request.POST)
    if form.is_valid():
        with form_errors(form):
            erase_client(actor=request.actor, customer_id=customer_id, reason=form.cleaned_data["reason"])
            messages.success(request, _("The personal data of this client have been erased."))
            return redirect(request, reverse("customer", args=[customer_id]))
    return _show(request, customer_id, form)


@page(Perm.USERS_MANAGE)
@require_safe
def access_log(request: PageRequest) -> HttpResponse:
    """Who was shown whose personal data, newest first."""
    form = LogFilter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    rows = selectors.accesses(request.actor, customer_id=chosen.get("client"), user_id=chosen.get("user"))
    context = {
        "page": keyset_page(rows, order=("-id",), cursor=request.GET.get("after")),
        "people": people.everybody(request.actor),
        "client": chosen.get("client"),
        "user": chosen.get("user"),
    }
    return render_page(request, "privacy/log.html", context)


def _show(request: PageRequest, customer_id: int, form: EraseForm) -> HttpResponse:
    customer = get_customer(request.actor, customer_id)
    data = selectors.client_data(request.actor, customer_id)
    note_access(actor=request.actor, kind=Access.Kind.OPENED, customer_ids=[customer_id])
    context = {"customer": customer, "data": data, "form": form}
    return render_page(request, "privacy/client.html", context, status=422 if form.errors else 200)
