"""API keys: made, shown once, revoked."""

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from commanda.accounts import selectors
from commanda.accounts.permissions import Perm
from commanda.accounts.services.api_keys import create_api_key, revoke_api_key
from commanda.web.account.fresh import confirmed
from commanda.web.htmx import redirect, render_page
from commanda.web.page import PageRequest, form_errors, page
from commanda.web.team.forms import KeyForm


@page(Perm.USERS_MANAGE)
@confirmed()
@require_http_methods(["GET", "HEAD", "POST"])
def key_list(request: PageRequest) -> HttpResponse:
    """The keys, and the form for a new one; the new key is in this answer and nowhere else."""
    users = selectors.everybody(request.actor).filter(is_active=True)
    form = KeyForm(request.POST or None, users=users)
    secret = ""
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            _key, secret = create_api_key(actor=request.actor, **form.values())
            form = KeyForm(users=users)
    context = {"form": form, "keys": selectors.keys(request.actor), "secret": secret}
    return render_page(request, "team/keys.html", context, status=422 if form.is_bound else 200)


@page(Perm.USERS_MANAGE)
@require_POST
def revoke(request: PageRequest, key_id: int) -> HttpResponse:
    revoke_api_key(actor=request.actor, key_id=key_id)
    messages.success(request, _("The key no longer works."))
    return redirect(request, reverse("keys"))
