"""Expenses by month: list, add, make void."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from commanda.accounts.permissions import Perm
from commanda.finance.models import Expense
from commanda.finance.selectors import expense_totals, expenses, months_back
from commanda.finance.services.expenses import add_expense, void_expense
from commanda.kernel.clock import today
from commanda.web.charts import Unit, donut
from commanda.web.finance.forms import ExpenseForm
from commanda.web.finance.tabs import tabs
from commanda.web.htmx import redirect, render_page
from commanda.web.once import form_token, once_only
from commanda.web.page import PageRequest, form_errors, page

MONTHS = 12


@page(Perm.FINANCE_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def expense_list(request: PageRequest) -> HttpResponse:
    """A month's expenses, their sums by kind, and the form for another one."""
    form = ExpenseForm(request.POST or None, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            once_only(request, lambda: _add(request, form))
            messages.success(request, _("Saved."))
            spent_on = form.cleaned_data["spent_on"]
            return redirect(request, f"{reverse('finance_expenses')}?month={spent_on:%Y-%m}")
    first = _month(request)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    totals = expense_totals(request.actor, first=first, last=last)
    labels = dict(Expense.Kind.choices)
    context = {
        "tabs": tabs("finance_expenses"),
        "form": form,
        "token": form_token(request),
        "rows": expenses(request.actor, first=first, last=last),
        "total": sum(totals.values()),
        "chart": donut(_("Expenses by kind"), [(labels[k], v, "") for k, v in totals.items()], unit=Unit.MAD),
        "month": first,
        "months": _months(first),
        "may_edit": request.actor.can(Perm.FINANCE_EDIT),
    }
    return render_page(request, "finance/expenses.html", context, status=422 if form.errors else 200)


def _add(request: PageRequest, form: ExpenseForm) -> str:
    data = form.cleaned_data
    product = data.pop("product")
    return str(add_expense(actor=request.actor, product_id=product and product.pk, **data).pk)


def _month(request: PageRequest) -> date:
    try:
        chosen = parse_date(f"{request.GET.get('month', '')}-01")
    except ValueError:
        chosen = None
    # A month after this one has no expenses, and the calendar ends in the year 9999.
    return chosen if chosen and chosen <= today() else today().replace(day=1)


def _months(current: date) -> list[dict[str, Any]]:
    firsts = sorted({*months_back(today(), MONTHS), current}, reverse=True)
    return [
        {"value": f"{first:%Y-%m}", "label": date_format(first, "F Y"), "is_current": first == current}
        for first in firsts
    ]


@page(Perm.FINANCE_EDIT)
@require_POST
def void(request: PageRequest, expense_id: int) -> HttpResponse:
    """Make an expense void, with its reason."""
    expense = void_expense(actor=request.actor, expense_id=expense_id, reason=request.POST.get("reason", ""))
    messages.success(request, _("The expense is void. It stays in the list and counts for nothing."))
    return redirect(request, f"{reverse('finance_expenses')}?month={expense.spent_on:%Y-%m}")
