"""The mail that tells a person of alerts, in their language. Text and HTML say the same."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language_bidi, ngettext, override
from django.utils.translation import gettext as _

from commanda.accounts.models import User
from commanda.alerts.digest import MOST_LISTED, Digest
from commanda.alerts.models import Alert
from commanda.alerts.naming import Names


def alert_mail(user: User, digest: Digest, message_id: str) -> EmailMultiAlternatives:
    """The mail, ready to be sent. `message_id` depends on what it tells alone: a mail sent twice shows once."""
    with override(user.language):
        context = _context(user, digest)
        mail = EmailMultiAlternatives(
            subject=context["subject"],
            body=_text(context),
            to=[user.email],
            headers={"Message-ID": f"<{message_id}@commanda>", "Auto-Submitted": "auto-generated"},
        )
        mail.attach_alternative(render_to_string("alerts/mail/alerts.html", context), "text/html")
    return mail


def _context(user: User, digest: Digest) -> dict[str, Any]:
    shown = [*digest.new, *digest.worse, *digest.still]
    names = Names(alert.things for alert in shown[:MOST_LISTED])
    groups, room = [], MOST_LISTED
    for title, alerts in (
        (_("New"), digest.new),
        (_("Grown worse"), digest.worse),
        (_("Still open"), digest.still),
    ):
        if alerts[:room]:
            groups.append((title, [_entry(alert, names) for alert in alerts[:room]]))
        room = max(room - len(alerts), 0)
    left = max(len(shown) - MOST_LISTED, 0)
    number = len(digest.news)
    first = shown[0]
    return {
        "direction": "rtl" if get_language_bidi() else "ltr",
        "language": user.language,
        "subject": _subject(first, names, number),
        "greeting": _("Hello %(name)s,") % {"name": user.name},
        "groups": groups,
        "more": ngettext("And %(number)s more.", "And %(number)s more.", left) % {"number": left} if left else "",
        "list": (_("All alerts"), _address("alerts")),
        "settings": (_("Change when you get these mails, or stop them"), _address("alert_preferences")),
        "where": _("You change when these mails come, or stop them, under Alerts → My alerts."),
    }


def _subject(first: Alert, names: Names, number: int) -> str:
    if number == 1:
        title = names.title(first.things)
        return " · ".join(filter(None, (str(first.definition.label), title)))
    return ngettext("%(number)s new alert", "%(number)s new alerts", number) % {"number": number}


def _entry(alert: Alert, names: Names) -> dict[str, str]:
    since = timezone.localtime(alert.opened_at)
    return {
        "label": str(alert.definition.label),
        "title": names.title(alert.things),
        "sentence": alert.sentence,
        "since": _("since %(moment)s") % {"moment": date_format(since, "j N Y H:i")},
        "advice": str(alert.definition.advice),
    }


def _address(name: str) -> str:
    """The whole address of a page; "" where the installation does not know its own."""
    return f"{settings.PUBLIC_URL}{reverse(name)}" if settings.PUBLIC_URL else ""


def _text(context: dict[str, Any]) -> str:
    lines = [context["greeting"], ""]
    for title, entries in context["groups"]:
        lines += [f"{title}:", ""]
        for entry in entries:
            head = " · ".join(filter(None, (entry["label"], entry["title"])))
            lines += [f"- {head} ({entry['since']})", f"  {entry['sentence']}", f"  → {entry['advice']}", ""]
    if context["more"]:
        lines += [context["more"], ""]
    links = [f"{label}: {address}" for label, address in (context["list"], context["settings"]) if address]
    return "\n".join([*lines, *(links or [context["where"]])])
