"""Who a session belongs to."""

from allauth.account.auth_backends import AuthenticationBackend

from commanda.accounts.models import User


class PersonWithRole(AuthenticationBackend):
    """allauth's sign-in; each request reads the person and the role, which every page asks for, with one query."""

    def get_user(self, user_id: int) -> User | None:
        """The person of a session; None when there is no such person any more, or not an active one."""
        user = User.objects.select_related("role").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
