"""The very first account, made by whoever opens a new installation."""

from commanda.accounts.locks import lock_first_run
from commanda.accounts.models import Role, User
from commanda.accounts.permissions import ADMIN
from commanda.accounts.selectors import has_users
from commanda.accounts.services.users import create_user
from commanda.kernel.actor import Actor
from commanda.kernel.errors import NotFound
from commanda.kernel.transaction import unit_of_work


def create_first_admin(*, actor: Actor, email: str, name: str, password: str, language: str) -> User:
    """Create the administrator of an installation without users.

    Works exactly once, also when two people try at the same time: afterwards it raises `NotFound`. Raises
    `Invalid` for a weak password; nothing is made then.
    """
    with unit_of_work():
        lock_first_run()
        if has_users():
            raise NotFound
        return create_user(
            actor=actor,
            email=email,
            name=name,
            role=Role.objects.get(slug=ADMIN),
            password=password,
            language=language,
        )
