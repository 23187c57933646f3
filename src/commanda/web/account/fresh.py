"""Asking again who it is before money, roles, keys and costs: a browser left open must not be enough.

@page(Perm.FINANCE_EDIT)
@confirmed()
@require_POST
def pay(request: PageRequest, statement_id: int) -> HttpResponse: ...
"""

from collections.abc import Callable
from functools import wraps
from time import time
from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account import app_settings
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from commanda.web.page import PageRequest, View

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def confirmed(*, also_reading: bool = False, holds_secrets: bool = False, asks: str = "") -> Callable[[View], View]:
    """Let a write through only within 15 minutes after the person has shown who they are; otherwise ask for it first.

    A form that was sent too late goes on by itself afterwards, unless it holds secrets: those are never kept, and the
    person fills it in again. `also_reading` asks before the page is shown, too. With `asks` only people who have that
    right are asked.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            is_free = (request.method in SAFE and not also_reading) or (asks and not request.actor.can(asks))
            if is_free or is_confirmed(request):
                return view(request, *args, **kwargs)
            return ask_who(request, keeps_form=not holds_secrets)

        return guarded

    return decorate


def is_confirmed(request: PageRequest) -> bool:
    """Whether the person has shown lately who they are."""
    records = get_authentication_records(request, request.user)
    return bool(records) and time() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT


def ask_who(request: PageRequest, *, keeps_form: bool = True) -> HttpResponse:
    """Send the person to the page that asks who they are, and back."""
    if request.htmx:
        messages.info(request, _("Nothing was done yet. Confirm that it is you, then do it again."))
        shown = urlsplit(request.htmx.current_url or "/")
        return HttpResponse(status=204, headers={"HX-Redirect": _way_back(shown.path, shown.query)})
    if request.method in SAFE or not keeps_form:
        if request.method not in SAFE:
            messages.info(request, _("Nothing was done yet. Confirm that it is you, then fill in the form again."))
        return HttpResponseRedirect(_way_back(request.path, request.META["QUERY_STRING"]))
    raise ReauthenticationRequired


def _way_back(path: str, query: str) -> str:
    back = f"{path}?{query}" if query else path
    return f"{reverse('account_reauthenticate')}?{urlencode({'next': back})}"
