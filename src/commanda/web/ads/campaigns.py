"""Campaigns and the products they sell: by rules on the name or by hand."""

from datetime import timedelta
from typing import Any, Final

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.ads import selectors
from commanda.ads.models import Campaign, CampaignRule
from commanda.ads.services.map_campaigns import map_campaigns
from commanda.ads.services.rules import add_rule, delete_rule, raise_rule
from commanda.catalog.selectors import products
from commanda.kernel.clock import today
from commanda.kernel.errors import CommandaError
from commanda.web.ads.forms import RuleForm
from commanda.web.ads.tabs import UNMAPPED_DAYS, tabs
from commanda.web.htmx import render_page
from commanda.web.numbers import number_or_none, numbers_of
from commanda.web.page import PageRequest, form_errors, page
from commanda.web.pagination import keyset_page

NONE: Final = "none"
RULES: Final = "rules"


@require_safe
@page(Perm.ADS_ENTER, Perm.ADS_VIEW_ALL)
def campaign_list(request: PageRequest) -> HttpResponse:
    """Campaigns, the newest first, with their product and what they spent lately; above, what waits for a product."""
    actor = request.actor
    first = today() - timedelta(days=UNMAPPED_DAYS - 1)
    shown = keyset_page(_filtered(request), order=("-id",), cursor=request.GET.get("after"))
    sums = selectors.campaign_sums(actor, [campaign.pk for campaign in shown.rows], first, today())
    context = {
        **tabs(actor, "ads_campaigns"),
        "page": shown,
        "rows": [{"campaign": campaign, "mad_amount": sums.get(campaign.pk)} for campaign in shown.rows],
        "accounts": list(selectors.accounts(actor)),
        "account_id": number_or_none(request.GET.get("account")),
        "state": request.GET.get("state", ""),
        "active": sum(bool(request.GET.get(name)) for name in ("account", "state")),
        "products": list(products(actor, only_active=True)),
        "may_enter": actor.can(Perm.ADS_ENTER),
        "days": UNMAPPED_DAYS,
    }
    return render_page(request, "ads/campaigns.html", context, partial="ads/_campaigns.html")


def _filtered(request: PageRequest) -> QuerySet[Campaign]:
    rows = selectors.campaigns(request.actor).order_by()
    if words := request.GET.get("q", "").split():
        for word in words[:6]:
            rows = rows.filter(name__icontains=word[:100])
    if (account_id := number_or_none(request.GET.get("account"))) is not None:
        rows = rows.filter(account_id=account_id)
    state = request.GET.get("state", "")
    if state == "unmapped":
        rows = rows.filter(product=None)
    elif state in Campaign.MappedBy.values and state:
        rows = rows.filter(mapped_by=state)
    return rows


@require_POST
@page(Perm.ADS_ENTER)
def map_chosen(request: PageRequest) -> HttpResponse:
    """Give the chosen campaigns to a product, to none, or back to the rules."""
    wanted = request.POST.get("product", "")
    campaign_ids = numbers_of(request.POST.getlist("campaign"))
    try:
        moved = map_campaigns(
            actor=request.actor,
            campaign_ids=campaign_ids,
            product_id=None if wanted in {NONE, RULES} else number_or_none(wanted) or 0,
            by_rules=wanted == RULES,
        )
    except CommandaError as error:
        if error.status in {403, 404}:
            raise
        messages.warning(request, str(error))
    else:
        messages.success(request, _moved(moved))
    return HttpResponseRedirect(_back(request))


@require_http_methods(["GET", "HEAD", "POST"])
@page(Perm.ADS_ENTER, Perm.ADS_VIEW_ALL)
def rule_list(request: PageRequest) -> HttpResponse:
    """The rules in their order; a new one maps at once what it fits."""
    actor = request.actor
    form = RuleForm(request.POST or None, actor=actor, may_see_all=actor.can(Perm.ADS_VIEW_ALL))
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            _rule, moved = add_rule(actor=actor, **form.values())
            messages.success(request, _moved(moved))
            return HttpResponseRedirect(reverse("ads_rules"))
    context = {
        **tabs(actor, "ads_rules"),
        "rules": [_rule_row(request, rule) for rule in selectors.rules(actor)],
        "form": form,
        "may_enter": actor.can(Perm.ADS_ENTER),
    }
    return render_page(request, "ads/rules.html", context, status=422 if form.errors else 200)


def _rule_row(request: PageRequest, rule: CampaignRule) -> dict[str, Any]:
    is_mine = rule.owner_id == request.actor.user_id or request.actor.can(Perm.ADS_VIEW_ALL)
    return {"rule": rule, "may_edit": is_mine and request.actor.can(Perm.ADS_ENTER)}


@require_POST
@page(Perm.ADS_ENTER)
def remove_rule(request: PageRequest, rule_id: int) -> HttpResponse:
    """Take a rule away; its campaigns follow the others."""
    messages.success(request, _moved(delete_rule(actor=request.actor, rule_id=rule_id)))
    return HttpResponseRedirect(reverse("ads_rules"))


@require_POST
@page(Perm.ADS_ENTER)
def lift_rule(request: PageRequest, rule_id: int) -> HttpResponse:
    """Let a rule be asked earlier."""
    messages.success(request, _moved(raise_rule(actor=request.actor, rule_id=rule_id)))
    return HttpResponseRedirect(reverse("ads_rules"))


def _moved(number: int) -> str:
    text = ngettext(
        "Saved. %(number)s campaign changed its product.", "Saved. %(number)s campaigns changed their product.", number
    )
    return text % {"number": number}


def _back(request: PageRequest) -> str:
    """To the list as it was filtered."""
    wanted = request.POST.get("next", "")
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours else reverse("ads_campaigns")
