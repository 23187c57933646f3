"""Who asks: a key of the administrator, a signed-in person of each role, and agents."""

from typing import TYPE_CHECKING

from bench.reads import ROLES

if TYPE_CHECKING:
    from commanda.accounts.models import User


def key() -> str:
    """A new API key of the administrator."""
    from commanda.accounts.models import User
    from commanda.accounts.services.api_keys import create_api_key
    from commanda.kernel.actor import system_actor

    admin = User.objects.filter(role__slug="admin").order_by("pk")[0]
    return create_api_key(actor=system_actor("bench"), user=admin, name="bench")[1]


def cookies() -> dict[str, str]:
    """Role → session key of one person of that role."""
    from commanda.accounts.models import User

    return {role: session_of(User.objects.filter(role__slug=role).order_by("pk")[0]) for role in ROLES}


def session_of(user: "User") -> str:
    """A session key as after a sign-in."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def agents(number: int) -> "list[User]":
    """So many agents; who is missing comes to the shop now."""
    from commanda.accounts.models import User

    found = list(User.objects.filter(role__slug="agent").order_by("pk")[:number])
    for place in range(len(found), number):
        colleague = User(email=f"colleague{place}@example.com", name=f"Colleague {place}", role=found[0].role)
        colleague.set_unusable_password()
        colleague.save()
        found.append(colleague)
    return found
