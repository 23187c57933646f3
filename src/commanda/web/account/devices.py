"""Browsers in which somebody has signed in before, each known by a signed cookie.

Strangers' wrong passwords are counted by the address they come from, and all of an e-mail's together. A known browser
is counted apart, so that nobody keeps a person out by trying passwords for them, neither from afar nor from the next
desk. The cookie opens nothing: the password is asked for as ever.
"""

from secrets import token_urlsafe
from typing import Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from commanda.accounts.models import User
from commanda.accounts.selectors import person_of_address

COOKIE: Final = "device"
SALT: Final = "commanda.known-device"
KEPT_SECONDS: Final = 60 * 60 * 24 * 365
# A shared computer knows several people; a cookie has no room for more.
MOST_PEOPLE: Final = 12


def known_device(request: HttpRequest, email: str) -> str:
    """The name of this browser as one of the person's own; empty when they never signed in with it."""
    known = _known(request)
    if not known:
        return ""
    person = person_of_address(email)
    return f"{person}:{known[str(person)]}" if str(person) in known else ""


def remember_device(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Let the browser know that the person signed in with it."""
    known = _known(request)
    name = known.pop(str(user.pk), "") or token_urlsafe(12)
    newest = {**known, str(user.pk): name}
    response.set_cookie(
        COOKIE,
        signing.dumps(dict(list(newest.items())[-MOST_PEOPLE:]), salt=SALT),
        max_age=KEPT_SECONDS,
        path="/accounts/",
        httponly=True,
        samesite="Lax",
        secure=bool(settings.SESSION_COOKIE_SECURE),
    )


def _known(request: HttpRequest) -> dict[str, str]:
    """Person → name of this browser, oldest first."""
    try:
        return dict(signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=KEPT_SECONDS))
    except signing.BadSignature:
        return {}
