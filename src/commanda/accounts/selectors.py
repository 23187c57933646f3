from django.db.models import QuerySet

from commanda.accounts.models import User
from commanda.accounts.permissions import Perm


def agents() -> QuerySet[User]:
    """Active people who work the call queue as their job: they may log calls and see only own orders."""
    return (
        User.objects.active()
        .with_permission(Perm.CALLS_LOG)
        .exclude(role__permissions__contains=[Perm.ORDERS_VIEW_ALL])
        .select_related("role")
    )


def has_users() -> bool:
    return User.objects.exists()


def names_of(user_ids: set[int]) -> dict[int, str]:
    """User id → name, for histories."""
    return dict(User.objects.filter(pk__in=user_ids).values_list("pk", "name")) if user_ids else {}
