"""What currencies are worth."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from commanda.accounts.permissions import Perm
from commanda.ads import selectors
from commanda.ads.rates import MAD, known_currencies
from commanda.ads.services.rates import delete_rate, set_rate
from commanda.web.ads.forms import RateForm
from commanda.web.ads.tabs import tabs
from commanda.web.htmx import render_page
from commanda.web.page import PageRequest, form_errors, page


@require_http_methods(["GET", "HEAD", "POST"])
@page(Perm.ADS_ENTER, Perm.ADS_VIEW_ALL)
def rate_list(request: PageRequest) -> HttpResponse:
    """The dated rates; a new one holds from its day on."""
    form = RateForm(request.POST or None, initial={"currency": request.GET.get("currency", "")[:3]})
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            set_rate(actor=request.actor, **form.cleaned_data)
            messages.success(request, _("Saved. Figures written down before keep their rate."))
            return HttpResponseRedirect(reverse("ads_rates"))
    context = {
        **tabs(request.actor, "ads_rates"),
        "rates": list(selectors.rates()[:200]),
        "form": form,
        "currencies": [code for code in known_currencies() if code != MAD],
        "may_enter": request.actor.can(Perm.ADS_ENTER),
    }
    return render_page(request, "ads/rates.html", context, status=422 if form.errors else 200)


@require_POST
@page(Perm.ADS_ENTER)
def remove(request: PageRequest, rate_id: int) -> HttpResponse:
    """Take a wrong rate out."""
    delete_rate(actor=request.actor, rate_id=rate_id)
    messages.success(request, _("Deleted. Figures written down before keep their rate."))
    return HttpResponseRedirect(reverse("ads_rates"))
