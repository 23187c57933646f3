"""One expense: written down, looked at, stopped, corrected, made void; its receipts."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.finance.expense_selectors import (
    ExpenseFilter,
    expense_events,
    expense_sums,
    get_expense,
    get_receipt,
    receipts_of,
    typed_cost,
)
from commanda.finance.models import Expense
from commanda.finance.services.expenses import (
    ExpenseData,
    add_expenses,
    checked_expense,
    correct_expense,
    stop_expense,
    void_expense,
)
from commanda.finance.services.receipts import attach_receipts, remove_receipt
from commanda.kernel.clock import today
from commanda.kernel.errors import Conflict, Invalid, NotFound
from commanda.orders.attachment_content import ACCEPT
from commanda.web.finance.expense_forms import ExpenseForm, ExpenseForms, fresh_forms, more_rows, sent_forms
from commanda.web.finance.expenses import month_end
from commanda.web.finance.tabs import tabs
from commanda.web.htmx import redirect, render_page
from commanda.web.once import form_token, once_only
from commanda.web.page import PageRequest, form_errors, page
from commanda.web.rows import ADD


@page(Perm.FINANCE_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: PageRequest) -> HttpResponse:
    """A new expense."""
    found = fresh_forms(request.actor)
    if request.method == "POST":
        if ADD in request.POST:
            return _form_page(request, more_rows(request.POST, request.actor), None)
        found = sent_forms(request.POST, request.FILES, request.actor)
        if found.is_valid():
            with form_errors(found.form):
                pk = once_only(request, lambda: _add(request, found))
                messages.success(request, _("Saved."))
                return redirect(request, reverse("finance_expense", args=[pk]))
    return _form_page(request, found, None)


def _add(request: PageRequest, found: ExpenseForms) -> str:
    files = found.form.cleaned_data["receipts"]
    return str(add_expenses(actor=request.actor, expenses=[found.data()], files=files)[0].pk)


@page(Perm.FINANCE_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: PageRequest, expense_id: int) -> HttpResponse:
    """Another expense in place of a mistaken one, which becomes void."""
    expense = get_expense(request.actor, expense_id)
    found = fresh_forms(request.actor, expense)
    if request.method == "POST":
        if ADD in request.POST:
            return _form_page(request, more_rows(request.POST, request.actor, is_correction=True), expense)
        found = sent_forms(request.POST, None, request.actor, is_correction=True)
        if found.is_valid():
            with form_errors(found.form):
                pk = once_only(request, lambda: _correct(request, expense.pk, found))
                messages.success(request, _("Corrected. The old one is void and stays in the list."))
                return redirect(request, reverse("finance_expense", args=[pk]))
    return _form_page(request, found, expense)


def _correct(request: PageRequest, expense_id: int, found: ExpenseForms) -> str:
    reason = found.form.cleaned_data["reason"]
    return str(correct_expense(actor=request.actor, expense_id=expense_id, data=found.data(), reason=reason).pk)


def _form_page(request: PageRequest, found: ExpenseForms, expense: Expense | None) -> HttpResponse:
    is_wrong = request.method == "POST" and ADD not in request.POST
    context = {
        "tabs": tabs("finance_expenses"),
        "form": found.form,
        "shares": found.shares,
        "expense": expense,
        "token": form_token(request),
        "back": reverse("finance_expense", args=[expense.pk]) if expense else reverse("finance_expenses"),
        **_daily(_typed(found.form) if found.form.is_bound else expense),
    }
    return render_page(request, "finance/expense_form.html", context, status=422 if is_wrong else 200)


@page(Perm.FINANCE_EDIT)
@require_POST
def daily(request: PageRequest) -> HttpResponse:
    """What the expense as typed costs a day and a month; nothing while it cannot be read."""
    form = sent_forms(request.POST, None, request.actor).form
    form.is_valid()
    return render(request, "finance/_daily.html", _daily(_typed(form)))


def _typed(form: ExpenseForm) -> ExpenseData | None:
    """The sums and days of a form that was checked, if they can be read."""
    data = form.cleaned_data
    if any(data.get(name) is None for name in ("amount", "every", "spent_on")) or "last_on" in form.errors:
        return None
    try:
        return checked_expense(
            ExpenseData("other", data["amount"], data["spent_on"], every=data["every"], last_on=data.get("last_on"))
        )
    except Invalid:
        return None


def _daily(expense: ExpenseData | Expense | None) -> dict[str, Any]:
    """What one day and one month of what is spread over days cost; of others there is nothing to say."""
    if expense is None or not (expense.is_recurring or expense.last_on):
        return {}
    day = max(today(), expense.spent_on) if expense.is_recurring else expense.spent_on
    first = day.replace(day=1)
    facts = (expense.amount, expense.every, expense.spent_on, expense.last_on)
    return {
        "daily_amount": typed_cost(*facts, first=day, last=day),
        "monthly_amount": typed_cost(*facts, first=first, last=month_end(first)),
        "whole_amount": expense.amount,
        "every": expense.every,
        "month": first,
    }


@page(Perm.FINANCE_VIEW)
@require_safe
def expense(request: PageRequest, expense_id: int) -> HttpResponse:
    """One expense with what it costs, its receipts and its history."""
    return _detail(request, expense_id)


def _detail(request: PageRequest, expense_id: int, *, error: Invalid | Conflict | None = None) -> HttpResponse:
    found = get_expense(request.actor, expense_id)
    first = today().replace(day=1)
    month = ExpenseFilter(first, month_end(first))
    context = {
        "tabs": tabs("finance_expenses"),
        "expense": found,
        "parts": found.shares.all(),
        "receipts": receipts_of(request.actor, expense_id),
        "this_month": expense_sums(request.actor, month, "expense", ids=[expense_id]).get((expense_id,), Decimal(0)),
        "events": expense_events(request.actor, expense_id),
        "accept": ACCEPT,
        "error": error,
        "replacement": getattr(found, "replacement", None),
        "may_edit": request.actor.can(Perm.FINANCE_EDIT),
        **_daily(found),
    }
    return render_page(request, "finance/expense.html", context, status=error.status if error else 200)


@page(Perm.FINANCE_EDIT)
@require_POST
def stop(request: PageRequest, expense_id: int) -> HttpResponse:
    """End a recurring expense on a day."""
    try:
        stop_expense(actor=request.actor, expense_id=expense_id, last_on=_day(request.POST.get("last_on", "")))
    except (Invalid, Conflict) as error:
        return _detail(request, expense_id, error=error)
    messages.success(request, _("It ends on that day."))
    return redirect(request, reverse("finance_expense", args=[expense_id]))


@page(Perm.FINANCE_EDIT)
@require_POST
def void(request: PageRequest, expense_id: int) -> HttpResponse:
    """Make an expense void, with its reason."""
    try:
        void_expense(actor=request.actor, expense_id=expense_id, reason=request.POST.get("reason", ""))
    except (Invalid, Conflict) as error:
        return _detail(request, expense_id, error=error)
    messages.success(request, _("The expense is void. It stays in the list and counts for nothing."))
    return redirect(request, reverse("finance_expense", args=[expense_id]))


@page(Perm.FINANCE_EDIT)
@require_POST
def attach(request: PageRequest, expense_id: int) -> HttpResponse:
    """Keep receipts with an expense, all of them or none."""
    try:
        attach_receipts(actor=request.actor, expense_id=expense_id, files=request.FILES.getlist("files"))
    except Invalid as error:
        return _detail(request, expense_id, error=error)
    messages.success(request, _("The file is kept."))
    return redirect(request, reverse("finance_expense", args=[expense_id]) + "#receipts")


@page(Perm.FINANCE_EDIT)
@require_POST
def detach(request: PageRequest, receipt_id: UUID) -> HttpResponse:
    """Put a receipt away, with its reason."""
    expense_id = get_receipt(request.actor, receipt_id).expense_id
    try:
        remove_receipt(actor=request.actor, receipt_id=receipt_id, reason=request.POST.get("reason", ""))
    except Invalid as error:
        return _detail(request, expense_id, error=error)
    messages.success(request, _("The file is removed."))
    return redirect(request, reverse("finance_expense", args=[expense_id]) + "#receipts")


@page(Perm.FINANCE_VIEW)
@require_safe
def receipt(request: PageRequest, receipt_id: UUID) -> FileResponse:
    """A receipt, to be saved: a browser shows its picture on our page, but never the file as a page of ours."""
    found = get_receipt(request.actor, receipt_id)
    try:
        file = found.file.open("rb")
    except OSError as error:
        raise NotFound from error
    response = FileResponse(file, as_attachment=True, filename=found.name, content_type=found.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _day(text: str) -> date:
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise Invalid(_("Choose a day."), field="last_on", code="no_day")
    return day
