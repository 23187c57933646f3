"""Settings of assignment: what each agent handles, and how much."""

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from commanda.accounts.permissions import Perm
from commanda.confirmation.selectors import agents_with_profiles, call_policy, profile_of
from commanda.confirmation.services.rules import save_profile
from commanda.web.htmx import redirect, render_page
from commanda.web.page import PageRequest, form_errors, page
from commanda.web.settings.call_tabs import ASSIGNMENT, tabs
from commanda.web.settings.rule_forms import ProfileForm
from commanda.web.settings.rule_words import skills_in_words


@page(Perm.SETTINGS_MANAGE)
@require_safe
def agent_list(request: PageRequest) -> HttpResponse:
    rows = agents_with_profiles(request.actor)
    words = skills_in_words(request.actor, [profile for _person, profile in rows])
    context = {
        "rows": [(person, profile, words[person.pk]) for person, profile in rows],
        "policy": call_policy(),
        "tabs": tabs(ASSIGNMENT, "settings_agents"),
    }
    return render_page(request, "settings/agents.html", context)


@page(Perm.SETTINGS_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def agent_edit(request: PageRequest, user_id: int) -> HttpResponse:
    profile = profile_of(request.actor, user_id)
    form = ProfileForm(request.POST or None, actor=request.actor, profile=profile)
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            save_profile(actor=request.actor, user_id=user_id, fields=form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect(request, reverse("settings_agents"))
    context = {"form": form, "person": profile.user}
    return render_page(request, "settings/agent.html", context, status=422 if form.errors else 200)
