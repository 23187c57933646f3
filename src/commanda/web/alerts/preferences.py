"""One's own alerts: when mails come, and what is muted."""

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from commanda.alerts.naming import Names
from commanda.alerts.selectors import mutes_of, preference_of
from commanda.alerts.services.preferences import save_preference
from commanda.web.alerts.forms import PreferenceForm
from commanda.web.htmx import redirect, render_page
from commanda.web.page import PageRequest, form_errors, page
from commanda.web.pagination import keyset_page


@page()
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: PageRequest) -> HttpResponse:
    """When one's own mails come; here they are stopped, too."""
    actor = request.actor
    form = PreferenceForm(request.POST or None, preference=preference_of(actor))
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            save_preference(actor=actor, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect(request, reverse("alert_preferences"))
    mutes = keyset_page(mutes_of(actor), order=("-id",), cursor=request.GET.get("after"))
    names = Names(mute.things for mute in mutes.rows)
    context = {
        "form": form,
        "page": mutes,
        "mutes": [(mute, names.title(mute.things)) for mute in mutes.rows],
    }
    return render_page(request, "alerts/preferences.html", context, status=422 if form.errors else 200)
