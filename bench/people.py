"""Who asks: a key of the administrator, and a signed-in person of each role."""

from bench.reads import ROLES


def key() -> str:
    """A new API key of the administrator."""
    from commanda.accounts.models import User
    from commanda.accounts.services.api_keys import create_api_key
    from commanda.kernel.actor import system_actor

    admin = User.objects.filter(role__slug="admin").order_by("pk")[0]
    return create_api_key(actor=system_actor("bench"), user=admin, name="bench")[1]


def cookies() -> dict[str, str]:
    """Role → session key of one person of that role, as after a sign-in."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from commanda.accounts.models import User

    found = {}
    for role in ROLES:
        user = User.objects.filter(role__slug=role).order_by("pk")[0]
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        found[role] = session.session_key
    return found
