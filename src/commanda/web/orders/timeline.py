"""Everything that happened to an order as one list: events, calls, comments, files, money, newest first."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commanda.accounts.permissions import Perm
from commanda.accounts.selectors import names_of
from commanda.audit.models import Event
from commanda.audit.selectors import events_of
from commanda.confirmation.models import Call
from commanda.customers.selectors import city_names
from commanda.finance.commission_selectors import commissions_of_order
from commanda.finance.models import CommissionEntry
from commanda.kernel.actor import Actor
from commanda.kernel.money import format_mad
from commanda.kernel.phone import format_phone
from commanda.kernel.visibility import FieldClass, may_see, visible_changes
from commanda.orders.entry_selectors import comments_with_files
from commanda.orders.models import Order, OrderAttachment, OrderComment
from commanda.orders.selectors import comments_of, reason_labels
from commanda.orders.statemachine import Graph
from commanda.orders.workflow import current_graph

PAGE: Final = 50
# Nobody reads further back on a page; the audit in the settings has all.
MOST_PAGES: Final = 40

# event name: (icon, colour, sentence)
SENTENCES = {
    "order.forced": ("shield-exclamation", "orange", gettext_lazy("Confirmed in spite of a rule")),
    "order.created": ("plus", "blue", gettext_lazy("Order received")),
    "order.moved": ("arrow-right", "azure", gettext_lazy("%(old)s → %(new)s")),
    "order.edited": ("pencil", "yellow", gettext_lazy("Order changed")),
    "order.assigned": ("user-check", "indigo", gettext_lazy("Given to %(new)s")),
    "order.tagged": ("tag", "secondary", gettext_lazy("Tags changed")),
    "order.inspected": ("package", "orange", gettext_lazy("Return inspected")),
    "order.merged": ("git-merge", "purple", gettext_lazy("Merged into another order")),
    "order.absorbed": ("git-merge", "purple", gettext_lazy("Another order was merged into this one")),
    "order.parted": ("arrows-split", "purple", gettext_lazy("Parted again")),
    "order.kept_apart": ("arrows-split", "secondary", gettext_lazy("Not the same order")),
    "order.priced": ("tag", "yellow", gettext_lazy("Price agreed")),
    "order.attached": ("paperclip", "secondary", gettext_lazy("File added")),
    "order.detached": ("paperclip", "secondary", gettext_lazy("File removed")),
    "order.emailed": ("mail", "teal", gettext_lazy("Confirmation sent by e-mail")),
    "order.parcel": ("truck", "purple", gettext_lazy("Parcel")),
}
HIDDEN = {"order.commented"}  # shown by the comment itself
FIELD_LABELS = {
    "customer_name": gettext_lazy("Client"),
    "phone_e164": gettext_lazy("Phone"),
    "phone2_e164": gettext_lazy("Second phone"),
    "city_id": gettext_lazy("City"),
    "address": gettext_lazy("Address"),
    "note": gettext_lazy("Note"),
    "discount_amount": gettext_lazy("Discount"),
    "delivery_amount": gettext_lazy("Delivery charged"),
    "promised_on": gettext_lazy("Promised for"),
    "lines": gettext_lazy("Products"),
    "merged_into": gettext_lazy("Merged into"),
    "absorbed": gettext_lazy("Merged"),
    "not_the_same_as": gettext_lazy("Other order"),
    "total_amount": gettext_lazy("Total"),
    "tags": gettext_lazy("Tags"),
    "tracking": gettext_lazy("Tracking number"),
    "tracking_number": gettext_lazy("Tracking number"),
    "carrier": gettext_lazy("Carrier"),
    "kind": gettext_lazy("Kind"),
}


PARCEL_EVENTS: Final = ("order.parcel", "order.inspected")
MONEY_EVENTS: Final = ("order.priced",)
MONEY_FIELDS: Final = ("total_amount", "discount_amount", "delivery_amount")
# What the filters are called; the order of the buttons.
KINDS: Final = {
    "all": gettext_lazy("All"),
    "calls": gettext_lazy("Calls"),
    "comments": gettext_lazy("Comments"),
    "changes": gettext_lazy("Changes"),
    "parcel": gettext_lazy("Parcel"),
    "money": gettext_lazy("Money"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the time-line; `changes` are (label, old, new), `files` those that came with a comment."""

    at: datetime
    icon: str
    colour: str
    title: str
    who: str = ""
    text: str = ""
    kind: str = "event"
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    files: list[OrderAttachment] = field(default_factory=list)
    anchor: str = ""


def timeline(actor: Actor, order: Order, show: str = "all", most: int = PAGE * MOST_PAGES) -> list[Entry]:
    """The order's `most` newest entries of a kind; calls and money only for those who may see them.

    A constant number of queries. Each source gives its own newest ones, so none that belongs here is missing.
    """
    entries = [_event_entry(event, names) for event, names in _events(actor, order, show, most)]
    if show in ("all", "comments"):
        comments = comments_with_files(order.pk) if may_see(actor, FieldClass.PERSONAL) else comments_of(order.pk)
        entries += [_comment_entry(comment) for comment in comments[:most]]
    if show in ("all", "calls") and actor.can(Perm.CALLS_VIEW):
        calls = Call.objects.visible_to(actor).filter(order=order).select_related("agent", "outcome").order_by("-id")
        entries += [_call_entry(call) for call in calls[:most]]
    if show in ("all", "money"):
        entries += [_commission_entry(entry) for entry in commissions_of_order(actor, order.pk)[:most]]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:most]


def _events(actor: Actor, order: Order, show: str, most: int) -> "Iterable[tuple[Event, Names]]":
    """The audited facts of this kind with what their ids are called."""
    if show in ("calls", "comments"):
        return ()
    rows = events_of("order", order.pk).exclude(name__in=HIDDEN)
    if show == "parcel":
        rows = rows.filter(name__in=PARCEL_EVENTS)
    elif show == "money":
        rows = rows.filter(Q(name__in=MONEY_EVENTS) | Q(changes__has_any_keys=list(MONEY_FIELDS)))
    elif show == "changes":
        rows = rows.exclude(name__in=PARCEL_EVENTS)
    events = list(rows[:most])
    names = Names(_people(events), _cities(events), reason_labels(), current_graph())
    for event in events:
        event.changes = visible_changes(actor, "orders.Order", event.changes)
    return ((event, names) for event in events)


@dataclass(frozen=True, slots=True)
class Names:
    """What the ids and slugs in events are called."""

    people: dict[int, str]
    cities: dict[str, str]
    reasons: dict[str, str]
    graph: Graph


def _cities(events: list[Event]) -> dict[str, str]:
    ids = {pk for event in events for pk in event.changes.get("city_id", []) if pk}
    return city_names(ids)


def _people(events: list[Event]) -> dict[int, str]:
    ids = {pk for event in events if event.name == "order.assigned" for pk in event.changes.get("assignee", []) if pk}
    return names_of(ids)


def _event_entry(event: Event, names: Names) -> Entry:
    icon, colour, sentence = SENTENCES.get(event.name, ("point", "secondary", event.name))
    old, new = "", ""
    changes: list[tuple[str, str, str]] = []
    for name, value in event.changes.items():
        pair = value if isinstance(value, list) and len(value) == 2 else [None, value]
        if name == "state":
            states = [names.graph.by_slug.get(slug) for slug in pair]
            old, new = (state.label if state else "" for state in states)
            colour = states[1].color if states[1] else colour
        elif name == "assignee":
            old, new = (names.people.get(pk, "") for pk in pair)
            sentence = sentence if new else _("Taken back from %(old)s")
        elif event.name != "order.created":
            before, after = (_shown(name, value, names) for value in pair)
            changes.append((str(FIELD_LABELS.get(name, name)), before, after))
    reason = " – ".join(names.reasons.get(part, part) for part in event.reason.split(" – "))
    title = str(sentence) % {"old": old, "new": new}
    return Entry(event.at, icon, colour, title, event.actor_name, reason, "event", changes)


def _comment_entry(comment: OrderComment) -> Entry:
    return Entry(
        comment.created_at,
        "message",
        "teal",
        _("Comment"),
        str(comment.author or ""),
        comment.text,
        "comment",
        files=getattr(comment, "kept_files", []),
        anchor=f"comment-{comment.pk}",
    )


def _commission_entry(entry: CommissionEntry) -> Entry:
    title = _("Commission reversed") if entry.reverses_id else _("Commission earned")
    colour = "red" if entry.reverses_id else "green"
    text = f"{format_mad(entry.amount)} · {entry.get_trigger_display()}"
    return Entry(entry.made_at, "coins", colour, title, str(entry.agent), text, "money")


def _call_entry(call: Call) -> Entry:
    icon = "brand-whatsapp" if call.medium == Call.Medium.WHATSAPP else "phone"
    said = call.outcome.label
    if call.undone_at:
        said = _("%(outcome)s, undone") % {"outcome": said}
    return Entry(call.called_at, icon, call.outcome.color, said, str(call.agent or ""), call.comment, "call")


def _shown(name: str, value: Any, names: Names) -> str:
    if value in (None, "", []):
        return "–"
    if name == "kind":
        return str(dict(OrderAttachment.Kind.choices).get(value, value))
    if name == "city_id":
        return names.cities.get(str(value), str(value))
    if name.endswith("_amount"):
        return format_mad(Decimal(value))
    if name.startswith("phone"):
        return format_phone(value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {item}" for key, item in value.items())
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
