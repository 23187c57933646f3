"""Silence about an alert, and its end."""

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from commanda.accounts.permissions import Perm
from commanda.alerts.naming import Names
from commanda.alerts.selectors import get_alert
from commanda.alerts.services.mute import mute_alert, unmute
from commanda.web.alerts.forms import RULE, MuteForm
from commanda.web.htmx import redirect, render_page
from commanda.web.page import PageRequest, form_errors, page


@page()
@require_http_methods(["GET", "HEAD", "POST"])
def mute(request: PageRequest, alert_id: int) -> HttpResponse:
    """What to be silent about, how long, and for whom."""
    alert = get_alert(request.actor, alert_id)
    title = Names([alert.things]).title(alert.things)
    form = MuteForm(
        request.POST or None,
        title=title,
        rule=alert.rule,
        may_mute_all=request.actor.can(Perm.SETTINGS_MANAGE),
    )
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            mute_alert(
                actor=request.actor,
                alert_id=alert_id,
                whole_rule=form.cleaned_data["what"] == RULE,
                until_at=form.until_at,
                for_all=form.cleaned_data.get("for_all", False),
                reason=form.cleaned_data.get("reason", ""),
            )
            messages.success(request, _("Muted. It stays in the list, under “Muted”."))
            return redirect(request, reverse("alerts"))
    context = {"form": form, "alert": alert, "title": title}
    status = 422 if form.errors else 200
    return render_page(request, "alerts/mute.html", context, partial="alerts/_mute.html", status=status)


@page()
@require_POST
def remove(request: PageRequest, mute_id: int) -> HttpResponse:
    """Hear of it again."""
    unmute(actor=request.actor, mute_id=mute_id)
    messages.success(request, _("You hear of it again."))
    return redirect(request, reverse("alert_preferences"))
