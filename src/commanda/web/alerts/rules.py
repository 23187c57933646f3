"""Settings of alerts: what is looked for, how far it may go, whom it tells."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.accounts.selectors import roles_with_numbers
from commanda.alerts import selectors
from commanda.alerts.kinds import DIMENSIONS, KINDS, Area, Kind
from commanda.alerts.models import AlertRule
from commanda.alerts.services.rules import delete_rule, save_rule, switch_rule, try_rule
from commanda.kernel.errors import NotFound
from commanda.web.alerts.forms import RuleForm
from commanda.web.alerts.rows import TriedRow, tried_rows
from commanda.web.htmx import redirect, render_page
from commanda.web.page import PageRequest, form_errors, page

MOST_TRIED = 50


@page(Perm.SETTINGS_MANAGE)
@require_safe
def rule_list(request: PageRequest) -> HttpResponse:
    """Every rule, by area."""
    rows = [(rule, _words(rule)) for rule in selectors.rules(request.actor)]
    areas = [(area.label, [row for row in rows if row[0].definition.area is area]) for area in Area]
    context = {"areas": [area for area in areas if area[1]], "resting_since": selectors.resting_since()}
    return render_page(request, "alerts/rules.html", context)


@page(Perm.SETTINGS_MANAGE)
@require_safe
def kinds(request: PageRequest) -> HttpResponse:
    """What a new rule can look for."""
    areas = [(area.label, [kind for kind in KINDS.values() if kind.area is area]) for area in Area]
    return render_page(request, "alerts/kinds.html", {"areas": areas})


@page(Perm.SETTINGS_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def new_rule(request: PageRequest, alert_kind: str) -> HttpResponse:
    """A new rule of a kind."""
    if alert_kind not in KINDS:
        raise NotFound
    return _form_page(request, KINDS[alert_kind], None)


@page(Perm.SETTINGS_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def edit_rule(request: PageRequest, alert_rule_id: int) -> HttpResponse:
    """One rule."""
    rule = selectors.get_rule(request.actor, alert_rule_id)
    return _form_page(request, rule.definition, rule)


def _form_page(request: PageRequest, kind: Kind, rule: AlertRule | None) -> HttpResponse:
    """The form; `do` is "save", or "try" for what it would tell of now with what is typed."""
    form = RuleForm(request.POST or None, actor=request.actor, kind=kind, roles=roles_with_numbers(), rule=rule)
    tried: list[TriedRow] | None = None
    rule_id = rule.pk if rule else None
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            if request.POST.get("do") == "try":
                found = try_rule(actor=request.actor, kind=kind.slug, data=form.data_of_rule(), rule_id=rule_id)
                tried = tried_rows(kind, found)
            else:
                save_rule(actor=request.actor, kind=kind.slug, data=form.data_of_rule(), rule_id=rule_id)
                messages.success(request, _("Saved. It has looked at once."))
                return redirect(request, reverse("settings_alerts"))
    context: dict[str, Any] = {
        "form": form,
        "kind": kind,
        "rule": rule,
        "tried": None if tried is None else tried[:MOST_TRIED],
        "tried_number": len(tried or []),
    }
    return render_page(request, "alerts/rule.html", context, status=422 if form.errors else 200)


@page(Perm.SETTINGS_MANAGE)
@require_POST
def change(request: PageRequest, alert_rule_id: int) -> HttpResponse:
    """`do`: on, off or delete."""
    wanted, rule = request.POST.get("do", ""), selectors.get_rule(request.actor, alert_rule_id)
    if wanted in ("on", "off"):
        switch_rule(actor=request.actor, rule_id=alert_rule_id, is_active=wanted == "on")
    elif wanted == "delete":
        delete_rule(actor=request.actor, rule_id=alert_rule_id)
        messages.success(request, _("The rule “%(name)s” is gone.") % {"name": rule})
    return redirect(request, reverse("settings_alerts"))


def _words(rule: AlertRule) -> list[str]:
    """The rule's limits as the list shows them."""
    kind, terms = rule.definition, rule.terms
    words = [str(DIMENSIONS[dimension]) for dimension in kind.dimensions if dimension == rule.dimension]
    words += [f"{limit.label} {limit.unit.written(terms.limits[limit.slug])}" for limit in kind.limits]
    return [*words, _("over %(days)s days") % {"days": rule.days}] if kind.default_days else words
