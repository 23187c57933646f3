"""Ad accounts: how they do, their settings, and what is done to them."""

from datetime import timedelta
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.ads import jobs, selectors
from commanda.ads.failures import explain
from commanda.ads.models import SpendRun
from commanda.ads.services.accounts import set_active, update_account
from commanda.kernel.clock import today
from commanda.web.ads.forms import SettingsForm
from commanda.web.ads.tabs import tabs
from commanda.web.htmx import render_page
from commanda.web.page import PageRequest, form_errors, page

RUNS_SHOWN: Final = 15
CAMPAIGNS_SHOWN: Final = 8
SUM_DAYS: Final = 30


@require_safe
@page(Perm.ADS_ENTER, Perm.ADS_VIEW_ALL)
def account_list(request: PageRequest) -> HttpResponse:
    """Every account with its health; follows by itself while one is being read."""
    rows = selectors.account_list(request.actor)
    context = {
        **tabs(request.actor, "ads_accounts"),
        "accounts": rows,
        "is_running": any(health.state == "running" for health in rows),
    }
    return render_page(request, "ads/accounts.html", context, partial="ads/_accounts.html")


@require_http_methods(["GET", "HEAD", "POST"])
@page(Perm.ADS_ENTER, Perm.ADS_VIEW_ALL)
def account_page(request: PageRequest, account_id: int) -> HttpResponse:
    """Settings, health and the last readings of one account."""
    account = selectors.get_account(request.actor, account_id)
    form = SettingsForm(request.POST or None, account=account, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            update_account(actor=request.actor, account_id=account_id, changes=form.changes())
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(reverse("ads_account", args=[account_id]))
    campaigns = list(selectors.campaigns(request.actor).filter(account=account)[:CAMPAIGNS_SHOWN])
    first = today() - timedelta(days=SUM_DAYS - 1)
    sums = selectors.campaign_sums(request.actor, [campaign.pk for campaign in campaigns], first, today())
    context = {
        "account": account,
        "form": form,
        "health": selectors.account_health(request.actor, account),
        "runs": run_rows(list(selectors.runs(request.actor, account_id)[:RUNS_SHOWN])),
        "campaigns": [{"campaign": campaign, "mad_amount": sums.get(campaign.pk)} for campaign in campaigns],
        "may_enter": request.actor.can(Perm.ADS_ENTER),
    }
    status = 422 if form.errors else 200
    return render_page(request, "ads/account.html", context, partial="ads/_account_live.html", status=status)


@require_POST
@page(Perm.ADS_ENTER)
def run_now(request: PageRequest, account_id: int) -> HttpResponse:
    """Ask the worker to read the account at once."""
    account = selectors.get_account(request.actor, account_id)
    if account.is_connected:
        jobs.queue_run(account_id, request.actor.user_id)
        messages.info(request, _("“%(name)s” is being read.") % {"name": account.name})
    return HttpResponseRedirect(reverse("ads_account", args=[account_id]))


@require_POST
@page(Perm.ADS_ENTER)
def pause(request: PageRequest, account_id: int) -> HttpResponse:
    """Pause an account, or let it go on."""
    set_active(actor=request.actor, account_id=account_id, is_active=request.POST.get("active") == "1")
    return HttpResponseRedirect(reverse("ads_account", args=[account_id]))


def run_rows(runs: list[SpendRun]) -> list[dict[str, Any]]:
    """Readings with how long they took and what went wrong."""
    return [
        {
            "run": run,
            "error": explain(run.error_code, run.error_params),
            "took": run.finished_at - run.started_at if run.finished_at else None,
        }
        for run in runs
    ]
