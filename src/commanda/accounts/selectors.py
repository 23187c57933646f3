from django.db.models import Count, Q, QuerySet

from commanda.accounts.models import ApiKey, Role, User
from commanda.accounts.permissions import Perm
from commanda.kernel.actor import Actor
from commanda.kernel.errors import NotFound
from commanda.kernel.prepared import prepared


def agents() -> QuerySet[User]:
    """Active people who work the call queue as their job: they may log calls and see only own orders."""
    return (
        User.objects.active()
        .with_permission(Perm.CALLS_LOG)
        .exclude(role__permissions__contains=[Perm.ORDERS_VIEW_ALL])
        .select_related("role")
    )


def agent_choices() -> list[tuple[int, str]]:
    """Id and name of those people, for a choice."""
    return [(pk, name or email) for pk, name, email in _names_of_agents().all()]


@prepared
def _names_of_agents() -> QuerySet[User, tuple[int, str, str]]:
    return agents().select_related(None).values_list("pk", "name", "email")


def has_users() -> bool:
    return User.objects.exists()


def person_of_address(email: str) -> int | None:
    """The id of the person who signs in with an e-mail address, in whatever case."""
    return User.objects.filter(email__iexact=email.strip()).values_list("pk", flat=True).first()


def names_of(user_ids: set[int]) -> dict[int, str]:
    """User id → name, for histories."""
    return dict(User.objects.filter(pk__in=user_ids).values_list("pk", "name")) if user_ids else {}


def everybody(actor: Actor) -> QuerySet[User]:
    """The people the actor may see, active ones first."""
    return User.objects.visible_to(actor).select_related("role").order_by("-is_active", "name")


def get_user(actor: Actor, user_id: int) -> User:
    """One person the actor may see. Raises `NotFound`."""
    user = everybody(actor).filter(pk=user_id).first()
    if user is None:
        raise NotFound
    return user


def roles_with_numbers() -> QuerySet[Role]:
    """Roles with `people`, the number of active users."""
    return Role.objects.annotate(people=Count("users", filter=Q(users__is_active=True))).order_by("pk")


def get_role(role_id: int) -> Role:
    """One role. Raises `NotFound`."""
    role = Role.objects.filter(pk=role_id).first()
    if role is None:
        raise NotFound
    return role


def keys(actor: Actor) -> QuerySet[ApiKey]:
    """API keys the actor may see, newest first."""
    return ApiKey.objects.visible_to(actor).select_related("user").order_by("-pk")
