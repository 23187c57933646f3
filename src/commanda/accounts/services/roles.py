"""Roles from single permissions."""

from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from commanda.accounts.models import Role
from commanda.accounts.permissions import ADMIN, DEFAULT_ROLES, Perm
from commanda.audit.services import record
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Conflict, Invalid
from commanda.kernel.transaction import unit_of_work


def save_role(*, actor: Actor, name: str, permissions: list[str], role_id: int | None = None) -> Role:
    """Create or change a role. The admin role keeps all its rights, so that nobody is locked out."""
    actor.require(Perm.USERS_MANAGE)
    unknown = set(permissions) - set(Perm.values)
    if unknown:
        raise Invalid(_("Unknown permission: %(codes)s"), field="permissions", codes=", ".join(sorted(unknown)))
    with unit_of_work():
        role = Role.objects.get(pk=role_id) if role_id else Role(slug=_free_slug(name))
        if role.slug == ADMIN:
            raise Conflict(_("The administrator role cannot be changed."), code="admin_role_fixed")
        before = list(role.permissions)
        role.name, role.permissions = name.strip(), sorted(set(permissions))
        role.save()
        record(
            actor=actor,
            name="role.saved",
            subject="role",
            subject_id=role.pk,
            changes={"permissions": [before, role.permissions]},
        )
    return role


def ensure_default_roles() -> None:
    """Create the default roles that are missing; never change one that exists."""
    for slug, (name, permissions) in DEFAULT_ROLES.items():
        Role.objects.get_or_create(
            slug=slug, defaults={"name": name, "permissions": [perm.value for perm in permissions]}
        )


def _free_slug(name: str) -> str:
    base = slugify(name)[:32] or "role"
    slug, number = base, 2
    while Role.objects.filter(slug=slug).exists():
        slug, number = f"{base}-{number}", number + 1
    return slug
