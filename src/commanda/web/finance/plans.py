"""Commission plans."""

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from commanda.accounts.permissions import Perm
from commanda.finance.commission_selectors import commission_plans, current_plan
from commanda.finance.services.plans import save_commission_plan
from commanda.kernel.clock import today
from commanda.web.finance.forms import PlanForm
from commanda.web.finance.tabs import tabs
from commanda.web.htmx import redirect, render_page
from commanda.web.page import PageRequest, form_errors, page


@page(Perm.FINANCE_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def plans(request: PageRequest) -> HttpResponse:
    """The plans, and the form for the next one."""
    form = PlanForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            save_commission_plan(actor=request.actor, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect(request, reverse("finance_plans"))
    context = {
        "tabs": tabs("finance_plans"),
        "form": form,
        "rows": commission_plans(request.actor),
        "current": current_plan(request.actor),
        "today": today(),
        "may_edit": request.actor.can(Perm.FINANCE_EDIT),
    }
    return render_page(request, "finance/plans.html", context, status=422 if form.errors else 200)
