"""The people who work here."""

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commanda.accounts import selectors
from commanda.accounts.permissions import Perm
from commanda.accounts.services.users import create_user, sign_out_everywhere, update_user
from commanda.web.account.fresh import confirmed
from commanda.web.htmx import redirect, render_page
from commanda.web.page import PageRequest, form_errors, page
from commanda.web.team.forms import UserForm


@page(Perm.USERS_MANAGE)
@require_safe
def user_list(request: PageRequest) -> HttpResponse:
    return render_page(request, "team/users.html", {"users": selectors.everybody(request.actor)})


@page(Perm.USERS_MANAGE)
@confirmed(also_reading=True, holds_secrets=True)
@require_http_methods(["GET", "HEAD", "POST"])
def user_new(request: PageRequest) -> HttpResponse:
    form = UserForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            data = form.cleaned_data
            user = create_user(actor=request.actor, **data)
            messages.success(request, _("%(name)s can sign in now.") % {"name": user})
            return redirect(request, reverse("team"))
    return render_page(request, "team/user.html", {"form": form}, status=422 if form.is_bound else 200)


@page(Perm.USERS_MANAGE)
@confirmed(also_reading=True, holds_secrets=True)
@require_http_methods(["GET", "HEAD", "POST"])
def user_edit(request: PageRequest, user_id: int) -> HttpResponse:
    user = selectors.get_user(request.actor, user_id)
    form = UserForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            password = form.cleaned_data["password"]
            update_user(actor=request.actor, user_id=user.pk, changes=form.changes(), password=password)
            messages.success(request, _("Saved."))
            return redirect(request, reverse("team"))
    context = {"form": form, "person": user}
    return render_page(request, "team/user.html", context, status=422 if form.is_bound else 200)


@page(Perm.USERS_MANAGE)
@require_POST
def sign_out(request: PageRequest, user_id: int) -> HttpResponse:
    """End the person's sessions on all devices."""
    user = selectors.get_user(request.actor, user_id)
    sign_out_everywhere(actor=request.actor, user_id=user.pk)
    messages.success(request, _("%(name)s is signed out everywhere.") % {"name": user})
    return redirect(request, reverse("user", args=[user.pk]))
