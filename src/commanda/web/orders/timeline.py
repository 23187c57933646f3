"""Everything that happened to an order as one list: events, calls, comments, newest first."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from commanda.accounts.permissions import Perm
from commanda.accounts.selectors import names_of
from commanda.audit.models import Event
from commanda.audit.selectors import events_of
from commanda.confirmation.models import Call
from commanda.kernel.actor import Actor
from commanda.kernel.money import format_mad
from commanda.kernel.phone import format_phone
from commanda.orders.models import Order
from commanda.orders.selectors import reason_labels
from commanda.orders.statemachine import Graph
from commanda.orders.workflow import current_graph

MAX_EVENTS = 200

# event name: (icon, colour, sentence)
SENTENCES = {
    "order.created": ("plus", "blue", lazy("Order received")),
    "order.moved": ("arrow-right", "azure", lazy("%(old)s → %(new)s")),
    "order.edited": ("pencil", "yellow", lazy("Order changed")),
    "order.assigned": ("user-check", "indigo", lazy("Given to %(new)s")),
    "order.tagged": ("tag", "secondary", lazy("Tags changed")),
    "order.inspected": ("package", "orange", lazy("Return inspected")),
    "parcel.shipped": ("truck", "purple", lazy("Handed to the carrier")),
}
HIDDEN = {"order.commented", "order.called"}  # shown by the comment or the call itself
FIELD_LABELS = {
    "customer_name": lazy("Client"),
    "phone_e164": lazy("Phone"),
    "phone2_e164": lazy("Second phone"),
    "city_id": lazy("City"),
    "address": lazy("Address"),
    "note": lazy("Note"),
    "discount_amount": lazy("Discount"),
    "delivery_amount": lazy("Delivery charged"),
    "promised_on": lazy("Promised for"),
    "lines": lazy("Products"),
    "total_amount": lazy("Total"),
    "tags": lazy("Tags"),
    "tracking_number": lazy("Tracking number"),
    "carrier": lazy("Carrier"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the time-line; `changes` are (label, old, new)."""

    at: datetime
    icon: str
    colour: str
    title: str
    who: str = ""
    text: str = ""
    kind: str = "event"
    changes: list[tuple[str, str, str]] = field(default_factory=list)


def timeline(actor: Actor, order: Order) -> list[Entry]:
    """The order's entries; calls only for those who may see calls. A constant number of queries."""
    events = [event for event in events_of("order", order.pk)[:MAX_EVENTS] if event.name not in HIDDEN]
    people, reasons, graph = _people(events), reason_labels(), current_graph()
    entries = [_event_entry(event, people, reasons, graph) for event in events]
    entries += [
        Entry(comment.created_at, "message", "teal", _("Comment"), str(comment.author or ""), comment.text, "comment")
        for comment in order.comments.select_related("author")
    ]
    if actor.can(Perm.CALLS_VIEW):
        calls = Call.objects.visible_to(actor).filter(order=order).select_related("agent", "outcome")
        entries += [_call_entry(call) for call in calls]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _people(events: list[Event]) -> dict[int, str]:
    ids = {pk for event in events if event.name == "order.assigned" for pk in event.changes.get("assignee", []) if pk}
    return names_of(ids)


def _event_entry(event: Event, people: dict[int, str], reasons: dict[str, str], graph: Graph) -> Entry:
    icon, colour, sentence = SENTENCES.get(event.name, ("point", "secondary", event.name))
    old, new = "", ""
    changes: list[tuple[str, str, str]] = []
    language = get_language() or "fr"
    for name, value in event.changes.items():
        pair = value if isinstance(value, list) and len(value) == 2 else [None, value]
        if name == "state":
            old, new = (graph.by_slug[slug].label(language) if slug in graph.by_slug else "" for slug in pair)
            colour = graph.by_slug[pair[1]].color if pair[1] in graph.by_slug else colour
        elif name == "assignee":
            old, new = (people.get(pk, "") for pk in pair)
            sentence = sentence if new else _("Taken back from %(old)s")
        elif event.name != "order.created":
            changes.append((str(FIELD_LABELS.get(name, name)), _shown(name, pair[0]), _shown(name, pair[1])))
    reason = " – ".join(str(reasons.get(part, part)) for part in event.reason.split(" – ")) if event.reason else ""
    title = str(sentence) % {"old": old, "new": new}
    return Entry(event.at, icon, colour, title, event.actor_name, reason, "event", changes)


def _call_entry(call: Call) -> Entry:
    icon = "brand-whatsapp" if call.medium == Call.Medium.WHATSAPP else "phone"
    return Entry(
        call.called_at, icon, call.outcome.color, call.outcome.label, str(call.agent or ""), call.comment, "call"
    )


def _shown(name: str, value: Any) -> str:
    if value in (None, "", []):
        return "–"
    if name.endswith("_amount"):
        return format_mad(Decimal(value))
    if name.startswith("phone"):
        return format_phone(value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {item}" for key, item in value.items())
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
