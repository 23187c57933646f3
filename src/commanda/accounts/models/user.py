from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import DEFAULT_ROLES, Perm
from commanda.kernel.actor import Actor


class Role(models.Model):
    """A named set of single permissions. The four default roles exist from the start; an admin makes more."""

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(_("Name"), max_length=80)
    permissions = ArrayField(models.CharField(max_length=40, choices=Perm.choices), default=list, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        """The name; a default role's name is translated."""
        default = DEFAULT_ROLES.get(self.slug)
        return gettext(self.name) if default and default[0] == self.name else self.name


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, actor: Actor) -> "UserQuerySet":
        """User managers and assigners see everybody, others only themselves."""
        if actor.can(Perm.USERS_MANAGE) or actor.can(Perm.ORDERS_ASSIGN):
            return self
        return self.filter(pk=actor.user_id)

    def active(self) -> "UserQuerySet":
        return self.filter(is_active=True)

    def with_permission(self, permission: str) -> "UserQuerySet":
        return self.filter(role__permissions__contains=[permission])


class UserManager(BaseUserManager["User"]):
    """Signs in by e-mail address, without regard to case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person who signs in."""

    email = models.EmailField(_("E-mail"), max_length=254, unique=True)
    name = models.CharField(_("Name"), max_length=150)
    phone_e164 = models.CharField(_("Phone"), max_length=16, blank=True)
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="users", verbose_name=_("Role"))
    language = models.CharField(
        _("Language"),
        max_length=2,
        choices=[("fr", _("French")), ("ar", _("Arabic")), ("en", _("English"))],
        default="fr",
    )
    is_active = models.BooleanField(_("Active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager.from_queryset(UserQuerySet)()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_unique_any_case")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def as_actor(self, *, source: str = "web", request_id: str = "") -> Actor:
        """The actor this user is now; an inactive user has no rights."""
        permissions: list[Any] = self.role.permissions if self.is_active else []
        return Actor(
            user_id=self.pk,
            name=str(self),
            role_slug=self.role.slug,
            permissions=frozenset(permissions),
            source=source,
            request_id=request_id,
        )
