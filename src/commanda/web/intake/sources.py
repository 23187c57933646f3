"""Sources: how they do, their settings, and what is done to them."""

from typing import Final

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.intake import jobs, selectors
from commanda.intake.models import Source
from commanda.intake.services.sources import set_active, update_source
from commanda.intake.write_back_state import WriteBack
from commanda.web.htmx import render_page
from commanda.web.intake.forms import SettingsForm
from commanda.web.intake.parts import tabs
from commanda.web.intake.run_rows import delivery_rows, run_rows
from commanda.web.page import PageRequest, form_errors, page

RUNS_SHOWN: Final = 10
DELIVERIES_SHOWN: Final = 8


@require_safe
@page(Perm.INTAKE_MANAGE)
def source_list(request: PageRequest) -> HttpResponse:
    """Every source with its health; follows by itself, quicker while one is being read."""
    sources = selectors.source_list(request.actor)
    context = {
        "tabs": tabs(request.actor, "sources"),
        "sources": sources,
        "is_running": any(health.state == "running" for health in sources),
    }
    return render_page(request, "intake/sources.html", context, partial="intake/_sources.html")


@require_http_methods(["GET", "POST"])
@page(Perm.INTAKE_MANAGE)
def source_page(request: PageRequest, source_id: int) -> HttpResponse:
    """Settings, health, what was sent and the last imports of one source; the middle part follows by itself."""
    source = selectors.get_source(request.actor, source_id)
    form = SettingsForm(request.POST or None, source=source)
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            update_source(actor=request.actor, source_id=source_id, changes=form.values())
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(reverse("intake_source", args=[source_id]))
    sent = selectors.deliveries(request.actor, source_id) if source.kind == Source.Kind.HOOK else None
    context = {
        "source": source,
        "form": form,
        "health": selectors.source_health(request.actor, source),
        "runs": run_rows(selectors.runs(request.actor, source_id=source_id)[:RUNS_SHOWN]),
        "write_back": WriteBack.of(source),
        "deliveries": delivery_rows(sent[:DELIVERIES_SHOWN]) if sent is not None else None,
    }
    status = 422 if form.errors else 200
    return render_page(request, "intake/source.html", context, partial="intake/_source_live.html", status=status)


@require_POST
@page(Perm.INTAKE_MANAGE)
def run_now(request: PageRequest, source_id: int) -> HttpResponse:
    """Ask the worker to read the sheet, or to take in what was sent, at once."""
    source = selectors.get_source(request.actor, source_id)
    if source.kind != Source.Kind.FILE:
        jobs.queue_reading(source_id, request.actor.user_id)
        messages.info(request, _("“%(name)s” is being read. New orders appear within seconds.") % {"name": source.name})
    return _back(request)


@require_POST
@page(Perm.INTAKE_MANAGE)
def pause(request: PageRequest, source_id: int) -> HttpResponse:
    """Pause a source, or let it go on."""
    selectors.get_source(request.actor, source_id)
    set_active(actor=request.actor, source_id=source_id, is_active=request.POST.get("active") == "1")
    return _back(request)


def _back(request: PageRequest) -> HttpResponse:
    """To the page whose button it was."""
    wanted = request.POST.get("next", "")
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return HttpResponseRedirect(wanted if is_ours else reverse("intake"))
