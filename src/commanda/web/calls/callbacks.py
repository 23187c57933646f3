"""The times at which clients usually ask to be called back."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from commanda.kernel.clock import CASABLANCA

EVENING, EVENING_UNTIL, MORNING = time(18, 30), time(18, 0), time(10, 0)


@dataclass(frozen=True, slots=True)
class Choice:
    """A button: `code` travels in the form, `at` is what it means now (UTC)."""

    code: str
    label: Any
    at: datetime


def callback_choices(at: datetime) -> list[Choice]:
    """In an hour, this evening (while it is not yet evening), tomorrow at ten; in Moroccan time."""
    local = at.astimezone(CASABLANCA)
    found = [Choice("hour", _("In 1 hour"), at + timedelta(hours=1))]
    if local.time() < EVENING_UNTIL:
        found.append(Choice("evening", _("This evening"), _wall(local, EVENING)))
    found.append(Choice("tomorrow", _("Tomorrow morning"), _wall(local + timedelta(days=1), MORNING)))
    return found


def callback_at(code: str, at: datetime) -> datetime | None:
    """What the button with this code means now; None for an unknown one."""
    return next((choice.at for choice in callback_choices(at) if choice.code == code), None)


def _wall(day: datetime, hour: time) -> datetime:
    return datetime.combine(day.date(), hour, tzinfo=CASABLANCA).astimezone(UTC)
