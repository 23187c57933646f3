"""What every template gets: `actor`, and `shell` for the frame around the page."""

from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext as _

from commanda.alerts.bell import bell_number
from commanda.kernel.actor import ANONYMOUS, Actor
from commanda.web import navigation
from commanda.web.addresses import address

LANGUAGES = ("fr", "ar", "en")


class Shell:
    """The frame's data, computed only when the frame is drawn: an htmx partial pays nothing for it."""

    def __init__(self, request: HttpRequest):
        self.request = request
        self.actor: Actor = getattr(request, "actor", ANONYMOUS)

    @cached_property
    def groups(self) -> list[navigation.Group]:
        return navigation.sidebar_groups(self.actor, self.request.path)

    @cached_property
    def links(self) -> list[navigation.Link]:
        return navigation.links_for(self.actor, self.request.path)

    @cached_property
    def menu(self) -> str:
        """Where one may go and where one is, as a key: menus with the same key look the same."""
        return " ".join(f"{link.url}{'*' if link.is_active else ''}" for link in self.links)

    @cached_property
    def tabs(self) -> list[navigation.Link]:
        return navigation.phone_tabs(self.actor, self.request.path)

    @cached_property
    def search_url(self) -> str | None:
        return address("orders") if self.actor.can("orders.view") else None

    @cached_property
    def new_order_url(self) -> str | None:
        return address("order_new") if self.actor.can("orders.create") else None

    @cached_property
    def presence_url(self) -> str | None:
        """Where the presence toggle of people who take calls is fetched from (URL name `presence`)."""
        return address("presence") if self.actor.can("calls.log") else None

    @cached_property
    def bell_number(self) -> int:
        """Alerts that this person has not seen and comments naming them that they have not read, each to 100."""
        return bell_number(self.actor, 100)

    @cached_property
    def events_url(self) -> str:
        """The stream of live updates, for people who are signed in; empty where there is none."""
        return str(settings.EVENTS_URL) if self.actor.is_authenticated else ""

    @cached_property
    def role_name(self) -> str:
        role = getattr(getattr(self.request, "user", None), "role", None)
        return str(role) if role else ""

    @cached_property
    def languages(self) -> list[dict[str, Any]]:
        current = get_language() or "fr"
        return [
            {
                "code": code,
                "name": get_language_info(code)["name_local"].capitalize(),
                "is_current": current.startswith(code),
            }
            for code in LANGUAGES
        ]

    @cached_property
    def next_url(self) -> str:
        """Where to come back after switching the language: this page, or home after a form was sent."""
        return self.request.get_full_path() if self.request.method == "GET" else "/"

    @cached_property
    def texts(self) -> dict[str, str]:
        """The few words that scripts show."""
        return {
            "confirm": _("Are you sure?"),
            "copied": _("Copied"),
            "copy_failed": _("Could not copy. Select the text and copy it by hand."),
            "failed": _("That did not work. Nothing was saved; try again."),
            "offline": _("No connection. Check the network and try again."),
            "forbidden": _("You do not have the right to do this. Ask an administrator."),
            "signed_out": _("You have been signed out. Reload the page to sign in again."),
            "leave": _("You have changes that are not saved."),
            "no_results": _("Nothing found"),
            "searching": _("Searching…"),
            "add": _("Add"),
            "clear": _("Clear"),
            "remove": _("Remove"),
            "close": _("Close"),
            "undo": _("Undo"),
            "selected": _("%s selected"),
            "total": _("Total"),
            "live_lost": _("Live updates rest: no connection. This page asks by itself now and then."),
        }


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor named in the settings."""
    frame = Shell(request)
    return {"shell": frame, "actor": frame.actor}
