"""Statements of commissions: the list, one of them, its steps, on paper and as a file."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.finance import statement_selectors as selectors
from commanda.finance.models import CommissionEntry, CommissionStatement, Trigger
from commanda.finance.months import month_of
from commanda.finance.services.statements import (
    Payment,
    approve_statement,
    discard_statement,
    draw_up_statements,
    pay_statement,
    reopen_statement,
)
from commanda.kernel.clock import today
from commanda.kernel.export import table_download
from commanda.web.account.fresh import confirmed
from commanda.web.finance.forms import DayField, MoneyField
from commanda.web.finance.tabs import tabs
from commanda.web.htmx import redirect, render_page
from commanda.web.numbers import number_or_none
from commanda.web.page import PageRequest, form_errors, page
from commanda.web.pagination import keyset_page

LANGUAGES: Final = ("fr", "ar")
SEE: Final = (Perm.FINANCE_VIEW, Perm.COMMISSION_VIEW_OWN)
HEAD: Final = (
    gettext_lazy("When"),
    gettext_lazy("Order"),
    gettext_lazy("For"),
    gettext_lazy("Units"),
    gettext_lazy("Amount"),
)


class DrawUpForm(forms.Form):
    """For which days statements are drawn up."""

    first = DayField(label=gettext_lazy("From"))
    last = DayField(label=gettext_lazy("Until"))

    def __init__(self, sent: Any = None) -> None:
        month = month_of(today()).previous
        super().__init__(sent, initial={"first": month.first, "last": month.last})


class PayForm(forms.Form):
    """How a statement was paid."""

    method = forms.ChoiceField(label=gettext_lazy("Paid by"), choices=CommissionStatement.Method.choices)
    paid_on = DayField(label=gettext_lazy("Paid on"))
    reference = forms.CharField(label=gettext_lazy("Payment reference"), required=False, max_length=80)


class SeenForm(forms.Form):
    """The total that the person saw."""

    total = MoneyField()


@page(Perm.FINANCE_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def statement_list(request: PageRequest) -> HttpResponse:
    """Statements with their sums by state, and the form that draws new ones up."""
    form = DrawUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            drawn = draw_up_statements(actor=request.actor, **form.cleaned_data)
            text = ngettext("%(number)s draft is drawn up.", "%(number)s drafts are drawn up.", len(drawn))
            messages.success(request, text % {"number": len(drawn)} if drawn else _("Nothing is left to be paid."))
            return redirect(request, reverse("finance_statements"))
    state, agent_id = request.GET.get("state", ""), number_or_none(request.GET.get("agent"))
    state = state if state in CommissionStatement.State.values else ""
    rows = selectors.statements(request.actor, agent_id=agent_id, state=state)
    sums = selectors.state_sums(request.actor)
    context = {
        "tabs": tabs("finance_statements"),
        "form": form,
        "page": keyset_page(rows, order=("-last_on", "-id"), cursor=request.GET.get("after")),
        "state": state,
        "agent_id": agent_id,
        "sums": [(each, label, *sums[each]) for each, label in CommissionStatement.State.choices],
        "left": selectors.entries_left(request.actor),
        "may_edit": request.actor.can(Perm.FINANCE_EDIT),
    }
    answer = "finance/statements.html"
    return render_page(request, answer, context, partial="finance/_statements.html", status=422 if form.errors else 200)


@page(Perm.FINANCE_VIEW)
@require_safe
def statement(request: PageRequest, statement_id: int) -> HttpResponse:
    return _detail(request, statement_id, PayForm())


@page(Perm.FINANCE_EDIT)
@confirmed()
@require_POST
def approve(request: PageRequest, statement_id: int) -> HttpResponse:
    approve_statement(actor=request.actor, statement_id=statement_id, expected_amount=_seen(request))
    messages.success(request, _("Approved. It does not change any more; record the payment when it is made."))
    return redirect(request, reverse("finance_statement", args=[statement_id]))


@page(Perm.FINANCE_EDIT)
@confirmed()
@require_POST
def reopen(request: PageRequest, statement_id: int) -> HttpResponse:
    reopen_statement(actor=request.actor, statement_id=statement_id)
    messages.success(request, _("The approval is taken back: it is a draft again."))
    return redirect(request, reverse("finance_statement", args=[statement_id]))


@page(Perm.FINANCE_EDIT)
@require_POST
def discard(request: PageRequest, statement_id: int) -> HttpResponse:
    discard_statement(actor=request.actor, statement_id=statement_id)
    messages.success(request, _("Discarded. Its entries come on the next statement."))
    return redirect(request, reverse("finance_statements"))


@page(Perm.FINANCE_EDIT)
@confirmed()
@require_POST
def pay(request: PageRequest, statement_id: int) -> HttpResponse:
    """Record the payment of an approved statement."""
    form = PayForm(request.POST)
    if form.is_valid():
        with form_errors(form):
            pay_statement(
                actor=request.actor,
                statement_id=statement_id,
                payment=Payment(**form.cleaned_data),
                expected_amount=_seen(request),
            )
            messages.success(request, _("The payment is recorded."))
            return redirect(request, reverse("finance_statement", args=[statement_id]))
    return _detail(request, statement_id, form, status=422)


@page(*SEE)
@require_safe
def on_paper(request: PageRequest, statement_id: int) -> HttpResponse:
    """The statement on A4, for both to sign: `?lang=fr|ar`. Agents open their own approved ones."""
    found = _statement(request, statement_id)
    language = request.GET.get("lang", "")
    if language not in LANGUAGES:
        language = (get_language() or "fr")[:2]
        language = language if language in LANGUAGES else "fr"
    with override(language):
        context = {
            "statement": found,
            "entries": selectors.statement_entries(request.actor, statement_id),
            "sums": _sums(request, statement_id),
            "language": language,
            "languages": LANGUAGES,
            "back": reverse("finance_statement", args=[statement_id])
            if request.actor.can(Perm.FINANCE_VIEW)
            else reverse("my_commission"),
        }
        response = render(request, "finance/statement_print.html", context)
    response["Content-Language"] = language
    return response


@page(*SEE)
@confirmed(also_reading=True, asks=Perm.FINANCE_VIEW)
@require_safe
def as_file(request: PageRequest, statement_id: int, kind: str) -> HttpResponseBase:
    """The entries as CSV or XLSX."""
    found = _statement(request, statement_id)
    rows = (
        (entry.made_at, _about(entry), _said(entry), entry.units_qty, entry.amount)
        for entry in selectors.statement_entries(request.actor, statement_id)
    )
    return table_download(kind=kind, name=found.number, head=HEAD, rows=rows)


def _detail(request: PageRequest, statement_id: int, form: PayForm, status: int = 200) -> HttpResponse:
    found = _statement(request, statement_id)
    entries = selectors.statement_entries(request.actor, statement_id)
    context = {
        "tabs": tabs("finance_statements"),
        "statement": found,
        "form": form,
        "sums": _sums(request, statement_id),
        "page": keyset_page(entries, order=("id",), cursor=request.GET.get("after")),
        "left": selectors.entries_left(request.actor, agent_id=found.agent_id),
        "may_edit": request.actor.can(Perm.FINANCE_EDIT),
    }
    return render_page(
        request, "finance/statement.html", context, partial="finance/_statement_entries.html", status=status
    )


def _statement(request: PageRequest, statement_id: int) -> CommissionStatement:
    found = selectors.statement(request.actor, statement_id)
    if found is None:
        raise Http404
    return found


def _sums(request: PageRequest, statement_id: int) -> list[tuple[str, dict[str, Any]]]:
    found = selectors.statement_sums(request.actor, statement_id)
    return [(str(Trigger(trigger).label), row) for trigger, row in found.items()]


def _about(entry: CommissionEntry) -> str:
    """The order, or the month of a bonus."""
    if entry.order is not None:
        return entry.order.reference
    return f"{entry.month_on:%Y-%m}" if entry.month_on else ""


def _said(entry: CommissionEntry) -> str:
    said = str(entry.get_trigger_display())
    return _("%(what)s, taken back") % {"what": said} if entry.reverses_id else said


def _seen(request: PageRequest) -> Any:
    """The total that stood on the page; nonsense is one that nobody saw, and so a conflict."""
    form = SeenForm(request.POST)
    return form.cleaned_data["total"] if form.is_valid() else None
