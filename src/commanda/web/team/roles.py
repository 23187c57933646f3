"""Roles from single rights."""

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from commanda.accounts import selectors
from commanda.accounts.permissions import ADMIN, Perm
from commanda.accounts.services.roles import save_role
from commanda.web.account.fresh import confirmed
from commanda.web.htmx import redirect, render_page
from commanda.web.page import PageRequest, form_errors, page
from commanda.web.team.forms import RoleForm


@page(Perm.USERS_MANAGE)
@require_safe
def role_list(request: PageRequest) -> HttpResponse:
    """All roles beside all rights."""
    roles = list(selectors.roles_with_numbers())
    matrix = [(perm.label, [perm.value in role.permissions for role in roles]) for perm in Perm]
    return render_page(request, "team/roles.html", {"roles": roles, "matrix": matrix, "fixed": ADMIN})


@page(Perm.USERS_MANAGE)
@confirmed()
@require_http_methods(["GET", "HEAD", "POST"])
def role_edit(request: PageRequest, role_id: int | None = None) -> HttpResponse:
    role = selectors.get_role(role_id) if role_id is not None else None
    initial = {"name": role.name, "permissions": role.permissions} if role else None
    form = RoleForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            data = form.cleaned_data
            save_role(actor=request.actor, name=data["name"], permissions=data["permissions"], role_id=role_id)
            messages.success(request, _("Saved."))
            return redirect(request, reverse("roles"))
    return render_page(request, "team/role.html", {"form": form, "role": role}, status=422 if form.is_bound else 200)
