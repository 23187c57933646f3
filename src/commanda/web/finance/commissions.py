"""The ledger of commissions, by agent and period, and the bonuses of a month."""

from datetime import date

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.finance.commission_selectors import commission_entries, commissions_by_agent
from commanda.finance.months import month_of
from commanda.finance.selectors import months_back
from commanda.finance.services.bonuses import compute_bonuses
from commanda.kernel.clock import today
from commanda.kernel.money import format_mad
from commanda.web.account.fresh import confirmed
from commanda.web.charts import Unit, ranking
from commanda.web.finance.tabs import tabs
from commanda.web.htmx import redirect, render_page
from commanda.web.numbers import number_or_none
from commanda.web.page import PageRequest, form_errors, page
from commanda.web.pagination import keyset_page
from commanda.web.periods import picked

MONTHS_OFFERED = 12


class MonthForm(forms.Form):
    """A month that is over."""

    month = forms.TypedChoiceField(label=gettext_lazy("Month"), coerce=date.fromisoformat)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        firsts = months_back(month_of(today()).previous.first, MONTHS_OFFERED)
        choices = [(day.isoformat(), f"{MONTHS[day.month]} {day.year}") for day in firsts]
        self.fields["month"].choices = choices  # type: ignore[attr-defined]


@page(Perm.FINANCE_VIEW)
@require_safe
def commissions(request: PageRequest) -> HttpResponse:
    return _ledger(request, MonthForm())


@page(Perm.FINANCE_EDIT)
@confirmed()
@require_POST
def bonuses(request: PageRequest) -> HttpResponse:
    """Compute the bonuses of a month, again if need be: only differences are written."""
    form = MonthForm(request.POST)
    if form.is_valid():
        with form_errors(form):
            run = compute_bonuses(actor=request.actor, month_on=form.cleaned_data["month"])
            text = _("%(agents)s agents have a bonus, %(amount)s in all. %(written)s entries were written.")
            words = {"agents": run.agents, "amount": format_mad(run.amount), "written": run.written}
            messages.success(request, text % words)
            return redirect(request, reverse("finance_commissions"))
    return _ledger(request, form, status=422)


def _ledger(request: PageRequest, form: MonthForm, status: int = 200) -> HttpResponse:
    """What each agent earned, and the entries of one or of all."""
    choice = picked(request, default="month")
    days = {"first": choice.period.first, "last": choice.period.last}
    agents = commissions_by_agent(request.actor, **days)
    agent_id = number_or_none(request.GET.get("agent"))
    entries = commission_entries(request.actor, **days, agent_id=agent_id)
    context = {
        "tabs": tabs("finance_commissions"),
        "picked": choice,
        "agents": agents,
        "agent_id": agent_id,
        "form": form,
        "may_edit": request.actor.can(Perm.FINANCE_EDIT),
        "total": sum(row.total_amount for row in agents),
        "page": keyset_page(entries, order=("-made_at", "-id"), cursor=request.GET.get("after")),
        "chart": ranking(
            _("Commission by agent"), [(row.agent_name, row.total_amount, "") for row in agents], unit=Unit.MAD
        ),
    }
    return render_page(request, "finance/commissions.html", context, partial="finance/_entries.html", status=status)
