"""Settings of assignment: the ordered rules, and what they would do now."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.confirmation.models import AssignmentRule, CallPolicy
from commanda.confirmation.selectors import assignment_rules, call_policy, get_rule, plan
from commanda.confirmation.services.assign import distribute
from commanda.confirmation.services.rules import delete_rule, move_rule, save_rule, switch_rule
from commanda.web.htmx import redirect, render_page
from commanda.web.page import PageRequest, form_errors, page
from commanda.web.settings.call_tabs import ASSIGNMENT, tabs
from commanda.web.settings.rule_forms import RuleForm
from commanda.web.settings.rule_words import conditions_in_words


@page(Perm.SETTINGS_MANAGE)
@require_safe
def rule_list(request: PageRequest) -> HttpResponse:
    rules = assignment_rules()
    words = conditions_in_words(request.actor, rules)
    context = {
        "rows": [(rule, words[rule.pk]) for rule in rules],
        "has_active": any(rule.is_active for rule in rules),
        "is_by_hand": call_policy().assignment_method == CallPolicy.Method.MANUAL,
        "tabs": tabs(ASSIGNMENT, "settings_assignment"),
    }
    return render_page(request, "settings/rules.html", context)


@page(Perm.SETTINGS_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def rule_edit(request: PageRequest, rule_id: int | None = None) -> HttpResponse:
    """A new rule, or the chosen one."""
    rule = get_rule(rule_id) if rule_id else None
    form = RuleForm(request.POST or None, actor=request.actor, rule=rule)
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            save_rule(actor=request.actor, fields=form.cleaned_data, rule_id=rule_id)
            messages.success(request, _("Saved. Try it with a dry run."))
            return redirect(request, reverse("settings_assignment"))
    context = {"form": form, "rule": rule}
    return render_page(request, "settings/rule.html", context, status=422 if form.errors else 200)


@page(Perm.SETTINGS_MANAGE)
@require_POST
def rule_change(request: PageRequest, rule_id: int) -> HttpResponse:
    """`do`: up, down, on, off or delete."""
    wanted, rule = request.POST.get("do", ""), get_rule(rule_id)
    if wanted in ("up", "down"):
        move_rule(actor=request.actor, rule_id=rule_id, up=wanted == "up")
    elif wanted in ("on", "off"):
        switch_rule(actor=request.actor, rule_id=rule_id, is_active=wanted == "on")
    elif wanted == "delete":
        delete_rule(actor=request.actor, rule_id=rule_id)
        messages.success(request, _("The rule “%(name)s” is gone.") % {"name": rule})
    return redirect(request, reverse("settings_assignment"))


@page(Perm.SETTINGS_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def dry_run(request: PageRequest) -> HttpResponse:
    """What the rules would do now with the waiting orders; POST lets them do it."""
    if request.method == "POST":
        number = len(distribute(actor=request.actor))
        text = ngettext("%(number)s order was given out.", "%(number)s orders were given out.", number)
        messages.success(request, text % {"number": number})
        return redirect(request, reverse("settings_dry_run"))
    context: dict[str, Any] = {
        "plan": plan(request.actor),
        "is_by_hand": call_policy().assignment_method == CallPolicy.Method.MANUAL,
        "has_rules": AssignmentRule.objects.filter(is_active=True).exists(),
        "tabs": tabs(ASSIGNMENT, "settings_dry_run"),
    }
    return render_page(request, "settings/dry_run.html", context)
