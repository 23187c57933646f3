"""What several intake pages share: tabs, the mapping form, how problems are told."""

from collections.abc import Iterator
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from commanda.intake import selectors
from commanda.intake.mapping import FIELDS
from commanda.kernel.actor import Actor
from commanda.orders.duplicates import open_pairs_number
from commanda.web.intake.labels import field_label

PREFIX = "column-"
RANK = "rank-"


def tabs(actor: Actor, active: str) -> list[dict[str, Any]]:
    """The tabs of the area, the inbox with what waits in it."""
    waiting = sum(selectors.waiting_by_source(actor).values())
    return [
        {"url": reverse("intake"), "label": _("Sources"), "count": None, "is_active": active == "sources"},
        {"url": reverse("intake_inbox"), "label": _("Inbox"), "count": waiting, "is_active": active == "inbox"},
        {
            "url": reverse("order_duplicates"),
            "label": _("Duplicates"),
            "count": open_pairs_number(actor),
            "is_active": active == "duplicates",
        },
        {"url": reverse("intake_runs"), "label": _("Imports"), "count": None, "is_active": active == "runs"},
    ]


def field_choices() -> list[tuple[str, Any]]:
    """Our fields for the selects of the mapping form."""
    return [(name, field_label(name)) for name in FIELDS]


def column_choices(data: QueryDict) -> dict[int, str]:
    """What was chosen per column."""
    return dict(_numbered(data, PREFIX))


def rank_choices(data: QueryDict) -> dict[int, int]:
    """The place of each column among those of its field, as the page knew it."""
    return {at: int(value) for at, value in _numbered(data, RANK) if value.isascii() and value.isdigit()}


def _numbered(data: QueryDict, prefix: str) -> Iterator[tuple[int, str]]:
    for key, value in data.items():
        number = key.removeprefix(prefix)
        if key.startswith(prefix) and number.isascii() and number.isdigit() and len(number) <= 3:
            yield int(number), str(value)[:100]
