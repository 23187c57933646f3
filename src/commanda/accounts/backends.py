"""Who a session belongs to."""

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import QuerySet

from commanda.accounts.models import User
from commanda.kernel.prepared import Param, prepared


class PersonWithRole(AuthenticationBackend):
    """allauth's sign-in; each request reads the person and the role, which every page asks for, with one query."""

    def get_user(self, user_id: int) -> User | None:
        """The person of a session; None when there is no such person any more, or not an active one."""
        user = _person().first(id=user_id)
        return user if user is not None and self.user_can_authenticate(user) else None


@prepared
def _person() -> QuerySet[User]:
    return User.objects.select_related("role").filter(pk=Param("id")).order_by()
