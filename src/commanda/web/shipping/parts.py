"""What the pages of the shipping desk share: tabs, chosen rows, results."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from commanda.accounts.permissions import Perm
from commanda.kernel.visibility import FieldClass, may_see
from commanda.orders import selectors as orders
from commanda.shipping import selectors
from commanda.web.numbers import numbers_of
from commanda.web.page import PageRequest

MAX_CHOSEN = 500
DESK = (Perm.SHIPPING_SHIP, Perm.SHIPPING_RETURNS)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An order that stays as it was, and why."""

    reference: str
    text: str


def desk_context(request: PageRequest, active: str) -> dict[str, Any]:
    """Tabs with counts (those the actor may use) and whether clients are shown."""
    actor = request.actor
    counts = selectors.desk_counts(actor)
    tabs: list[tuple[str, Any, int | None, str]] = [
        ("shipping", _("To send"), counts.to_send, Perm.SHIPPING_SHIP),
        ("shipping_sent", _("On the road"), counts.sent, Perm.SHIPPING_SHIP),
        ("shipping_returns", _("Returns to inspect"), counts.to_inspect, Perm.SHIPPING_RETURNS),
        ("shipping_manifests", _("Manifests"), None, Perm.SHIPPING_SHIP),
        ("shipping_carriers", _("Carriers"), None, Perm.SETTINGS_MANAGE),
    ]
    return {
        "tabs": [
            {"url": reverse(name), "label": label, "count": count, "is_active": name == active}
            for name, label, count, permission in tabs
            if actor.can(permission)
        ],
        "counts": counts,
        "sees_clients": may_see(actor, FieldClass.PERSONAL),
    }


def chosen_ids(request: PageRequest) -> list[int]:
    """The ticked rows (`ids`), at most 500."""
    return numbers_of(request.POST.getlist("ids")[:MAX_CHOSEN])


def refusals(request: PageRequest, errors: Sequence[tuple[int, Exception]]) -> list[Refusal]:
    """Refused orders by reference; one that the actor may not see has none."""
    known = orders.references(request.actor, [pk for pk, _error in errors])
    return [Refusal(known.get(pk, ""), str(error)) for pk, error in errors]
