"""The ledger of commissions, by agent and period."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commanda.accounts.permissions import Perm
from commanda.finance.commission_selectors import commission_entries, commissions_by_agent
from commanda.web.charts import Unit, ranking
from commanda.web.finance.tabs import tabs
from commanda.web.htmx import render_page
from commanda.web.numbers import number_or_none
from commanda.web.page import PageRequest, page
from commanda.web.pagination import keyset_page
from commanda.web.periods import picked


@page(Perm.FINANCE_VIEW)
@require_safe
def commissions(request: PageRequest) -> HttpResponse:
    """What each agent earned, and the entries of one or of all."""
    choice = picked(request, default="month")
    days = {"first": choice.period.first, "last": choice.period.last}
    agents = commissions_by_agent(request.actor, **days)
    agent_id = _agent_id(request)
    entries = commission_entries(request.actor, **days, agent_id=agent_id)
    page_of_entries = keyset_page(entries, order=("-made_at", "-id"), cursor=request.GET.get("after"))
    context = {
        "tabs": tabs("finance_commissions"),
        "picked": choice,
        "agents": agents,
        "agent_id": agent_id,
        "total": sum(row.total_amount for row in agents),
        "page": page_of_entries,
        "chart": ranking(
            _("Commission by agent"), [(row.agent_name, row.total_amount, "") for row in agents], unit=Unit.MAD
        ),
    }
    return render_page(request, "finance/commissions.html", context, partial="finance/_entries.html")


def _agent_id(request: PageRequest) -> int | None:
    return number_or_none(request.GET.get("agent"))
