from functools import cache
from itertools import count

from django.contrib.auth.hashers import make_password

from commanda.accounts.models import Role, User
from commanda.kernel.actor import Actor

_numbers = count(1)
PASSWORD = "Sesame-ouvre-toi-1"


@cache
def _hashed_password() -> str:
    """Hashed once: Argon2 is slow on purpose."""
    return make_password(PASSWORD)


def make_user(role: str = "admin", *, name: str = "", email: str = "", **fields: object) -> User:
    """A user of one of the default roles."""
    number = next(_numbers)
    user = User(
        email=email or f"{role}{number}@example.com",
        name=name or f"{role.title()} {number}",
        role=Role.objects.get(slug=role),
        **fields,
    )
    user.password = _hashed_password()
    user.save()
    return user


def make_actor(role: str = "admin", **fields: object) -> Actor:
    """The actor of a new user."""
    return make_user(role, **fields).as_actor()
