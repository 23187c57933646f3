"""What the carriers charge, with their history."""

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from commanda.accounts.permissions import Perm
from commanda.finance.selectors import carrier_fees
from commanda.finance.services.costs import set_carrier_fee
from commanda.kernel.errors import Invalid
from commanda.web.finance.forms import FeeForm
from commanda.web.finance.tabs import tabs
from commanda.web.htmx import redirect, render_page
from commanda.web.numbers import number_or_none
from commanda.web.page import PageRequest, form_errors, page


@page(Perm.FINANCE_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def fees(request: PageRequest) -> HttpResponse:
    """Every carrier with its fees; a form in each card sets others."""
    form, wrong_id = None, None
    if request.method == "POST":
        wrong_id = number_or_none(request.POST.get("carrier"))
        if wrong_id is None:
            raise Invalid(_("Choose a carrier."), field="carrier")
        form = FeeForm(request.POST)
        if form.is_valid():
            with form_errors(form):
                set_carrier_fee(actor=request.actor, carrier_id=wrong_id, **form.cleaned_data)
                messages.success(request, _("Saved."))
                return redirect(request, reverse("finance_fees"))
    rows = [(row, form if row.carrier.pk == wrong_id else _filled(row.current)) for row in carrier_fees(request.actor)]
    context = {"tabs": tabs("finance_fees"), "rows": rows, "may_edit": request.actor.can(Perm.FINANCE_EDIT)}
    return render_page(request, "finance/fees.html", context, status=422 if form else 200)


def _filled(current: object) -> FeeForm:
    names = ("delivered_amount", "returned_amount")
    return FeeForm(initial={name: getattr(current, name, None) for name in names})
