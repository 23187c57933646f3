"""A new installation: one form, once."""

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from commanda.accounts.permissions import Perm
from commanda.accounts.selectors import has_users
from commanda.kernel.actor import ANONYMOUS
from commanda.kernel.errors import NotFound
from commanda.orders.services.open_shop import open_shop
from commanda.web.page import PageRequest, form_errors, page
from commanda.web.start.checklist import steps_for
from commanda.web.start.forms import FirstRunForm


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def first_run(request: HttpRequest) -> HttpResponse:
    """Create the administrator and name the store; there is no such page once a user exists."""
    if has_users():
        raise Http404
    form = FirstRunForm(request.POST or None, initial={"language": get_language()})
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            try:
                user = open_shop(actor=ANONYMOUS, **form.cleaned_data)
            except NotFound:
                raise Http404 from None  # somebody else was faster by a moment
        if form.is_valid():
            login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
            response = HttpResponseRedirect(reverse("first_run_checklist"))
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, samesite="Lax")
            return response
    return render(request, "start/first_run.html", {"form": form}, status=422 if form.errors else 200)


@page(Perm.SETTINGS_MANAGE)
def checklist(request: PageRequest) -> HttpResponse:
    """What to do next in a new shop."""
    steps = steps_for(request.actor)
    done = sum(step.is_done for step in steps)
    return render(request, "start/checklist.html", {"steps": steps, "done": done, "total": len(steps)})
