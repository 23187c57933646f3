"""What the products cost, with their history."""

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from commanda.accounts.permissions import Perm
from commanda.finance.selectors import product_costs
from commanda.finance.services.costs import set_product_cost
from commanda.kernel.errors import Invalid
from commanda.web.finance.forms import CostForm
from commanda.web.finance.tabs import tabs
from commanda.web.htmx import redirect, render_page
from commanda.web.numbers import number_or_none
from commanda.web.page import PageRequest, form_errors, page


@page(Perm.FINANCE_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def costs(request: PageRequest) -> HttpResponse:
    """Every variant with its cost; a form in each row sets another one."""
    form, wrong_id = None, None
    if request.method == "POST":
        wrong_id = _variant_id(request)
        form = CostForm(request.POST)
        if form.is_valid():
            with form_errors(form):
                set_product_cost(actor=request.actor, variant_id=wrong_id, **form.cleaned_data)
                messages.success(request, _("Saved."))
                return redirect(request, f"{reverse('finance_costs')}#variant-{wrong_id}")
    rows = product_costs(request.actor)
    context = {
        "tabs": tabs("finance_costs"),
        "rows": [(row, form if row.variant.pk == wrong_id else None) for row in rows],
        "empty_form": CostForm(),
        "missing": sum(row.current is None and not row.variant.product.is_bundle for row in rows),
        "may_edit": request.actor.can(Perm.FINANCE_EDIT),
    }
    return render_page(request, "finance/costs.html", context, status=422 if form else 200)


def _variant_id(request: PageRequest) -> int:
    variant_id = number_or_none(request.POST.get("variant"))
    if variant_id is None:
        raise Invalid(_("Choose a product."), field="variant")
    return variant_id
