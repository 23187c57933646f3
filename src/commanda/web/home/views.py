"""Home: what the day looks like to the one who signed in."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from commanda.accounts.permissions import Perm
from commanda.web.home import ads, agent, money, operations, stats
from commanda.web.home.blocks import Builder, Desk, packed
from commanda.web.htmx import render_page
from commanda.web.page import PageRequest, page
from commanda.web.periods import picked

# In the order of the page; each builder decides who sees its block. The owner begins with the money, others with work.
OWNERS_ORDER: tuple[Builder, ...] = (
    stats.headline,
    operations.waiting,
    money.waterfall,
    operations.alerts,
    stats.by_day,
    stats.funnel,
    money.products,
    operations.team,
    operations.states,
    ads.platforms,
)
STAFF_ORDER: tuple[Builder, ...] = (
    agent.my_day,
    stats.headline,
    operations.waiting,
    agent.my_commission,
    agent.my_entries,
    operations.team,
    stats.by_day,
    stats.funnel,
    operations.states,
    operations.alerts,
    ads.headline,
    ads.products,
    ads.results,
    ads.platforms,
    ads.spend_by_day,
    ads.cost_ranking,
)


@page()
@require_safe
def home(request: PageRequest) -> HttpResponse:
    desk = Desk(request.actor, picked(request))
    order = OWNERS_ORDER if request.actor.can(Perm.FINANCE_VIEW) else STAFF_ORDER
    blocks = packed([block for build in order if (block := build(desk)) is not None])
    first_name = request.user.name.split()[0] if request.user.name.split() else ""
    context = {"blocks": blocks, "picked": desk.picked, "first_name": first_name}
    return render_page(request, "home/home.html", context)
