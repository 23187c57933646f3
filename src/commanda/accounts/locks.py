"""Locks of the accounts."""

from django.db import connection

from commanda.accounts.models import User
from commanda.accounts.permissions import ADMIN

FIRST_RUN_LOCK = 7_201_301


def lock_first_run() -> None:
    """Make setting up the first account wait for another one doing the same, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FIRST_RUN_LOCK])


def lock_admins() -> list[User]:
    """Lock the active administrators, in id order, until the transaction ends."""
    return list(
        User.objects.active().filter(role__slug=ADMIN).order_by("pk").select_for_update(no_key=True, of=("self",))
    )
