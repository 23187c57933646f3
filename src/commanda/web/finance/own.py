"""An agent's own commission: this month so far, what is on the road, the next tier, entries and statements."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from commanda.accounts.permissions import Perm
from commanda.finance.commission_selectors import commission_entries, expected_commission, own_commission
from commanda.finance.own_progress import own_progress
from commanda.finance.statement_selectors import statements
from commanda.kernel.actor import Actor
from commanda.web.htmx import render_page
from commanda.web.page import PageRequest, page
from commanda.web.pagination import keyset_page
from commanda.web.periods import picked

MOST_STATEMENTS = 12


@page(Perm.COMMISSION_VIEW_OWN)
@require_safe
def my_commission(request: PageRequest) -> HttpResponse:
    """The page; asked by htmx with `part=sums` only the live figures, otherwise the next entries."""
    choice = picked(request, default="month")
    days = {"first": choice.period.first, "last": choice.period.last}
    rows = own_commission(request.actor, **days)
    context = {"picked": choice, "rows": rows, "total": sum(row.amount for row in rows)}
    if request.GET.get("part") == "sums":
        return render_page(request, "finance/_my_sums.html", {**context, **_now(request.actor)})
    entries = commission_entries(request.actor, **days, agent_id=request.actor.user_id)
    context["page"] = keyset_page(entries, order=("-made_at", "-id"), cursor=request.GET.get("after"))
    if not request.htmx:
        context |= _now(request.actor)
        context["statements"] = statements(request.actor, agent_id=request.actor.user_id)[:MOST_STATEMENTS]
    return render_page(request, "finance/my_commission.html", context, partial="finance/_my_entries.html")


def _now(actor: Actor) -> dict[str, object]:
    """What may still come this month."""
    return {"expected": expected_commission(actor), "progress": own_progress(actor)}
