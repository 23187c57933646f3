"""Everything that happened to an order as one list: events, calls, comments, files, money, newest first."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commanda.accounts.permissions import Perm
from commanda.audit.models import Event
from commanda.audit.selectors import events_of
from commanda.confirmation.models import Call
from commanda.finance.commission_selectors import commissions_of_order
from commanda.finance.models import CommissionEntry
from commanda.kernel.actor import Actor
from commanda.kernel.formats import DASH
from commanda.kernel.money import format_mad
from commanda.kernel.visibility import FieldClass, may_see
from commanda.orders.entry_selectors import comments_with_files
from commanda.orders.models import Order, OrderAttachment, OrderComment
from commanda.orders.selectors import comments_of
from commanda.orders.statemachine import Graph
from commanda.orders.workflow import current_graph
from commanda.web.history import Words
from commanda.web.history_words import EVENTS

PAGE: Final = 50
# Nobody reads further back on a page; the audit in the settings has all.
MOST_PAGES: Final = 40

# event name: (icon, colour)
MARKS: Final = {
    "order.forced": ("shield-exclamation", "orange"),
    "order.created": ("plus", "blue"),
    "order.moved": ("arrow-right", "azure"),
    "order.edited": ("pencil", "yellow"),
    "order.assigned": ("user-check", "indigo"),
    "order.tagged": ("tag", "secondary"),
    "order.inspected": ("package", "orange"),
    "order.merged": ("git-merge", "purple"),
    "order.absorbed": ("git-merge", "purple"),
    "order.parted": ("arrows-split", "purple"),
    "order.kept_apart": ("arrows-split", "secondary"),
    "order.priced": ("tag", "yellow"),
    "order.attached": ("paperclip", "secondary"),
    "order.detached": ("paperclip", "secondary"),
    "order.emailed": ("mail", "teal"),
    "order.parcel": ("truck", "purple"),
}
HIDDEN = {"order.commented"}  # shown by the comment itself

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
    events = _events(order, show, most)
    words, graph = Words(actor, events), current_graph()
    entries = [_event_entry(event, words, graph) for event in events]
    if show in ("all", "comments"):
        comments = comments_with_files(order.pk) if may_see(actor, FieldClass.PERSONAL) else comments_of(order.pk)
        entries += [_comment_entry(comment) for comment in comments[:most]]
    if show in ("all", "calls") and actor.can(Perm.CALLS_VIEW):
        calls = Call.objects.visible_to(actor).filter(order=order).select_related("agent", "outcome").order_by("-id")
        entries += [_call_entry(call) for call in calls[:most]]
    if show in ("all", "money"):
        entries += [_commission_entry(entry) for entry in commissions_of_order(actor, order.pk)[:most]]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:most]


def _events(order: Order, show: str, most: int) -> list[Event]:
    """The audited facts of this kind."""
    if show in ("calls", "comments"):
        return []
    rows = events_of("order", order.pk).exclude(name__in=HIDDEN)
    if show == "parcel":
        rows = rows.filter(name__in=PARCEL_EVENTS)
    elif show == "money":
        rows = rows.filter(Q(name__in=MONEY_EVENTS) | Q(changes__has_any_keys=list(MONEY_FIELDS)))
    elif show == "changes":
        rows = rows.exclude(name__in=PARCEL_EVENTS)
    return list(rows[:most])


def _event_entry(event: Event, words: Words, graph: Graph) -> Entry:
    icon, colour = MARKS.get(event.name, ("point", "secondary"))
    title, changes = str(EVENTS.get(event.name, event.name)), words.changes(event)
    if event.name == "order.moved":
        (move,) = changes
        title, changes = _("%(old)s → %(new)s") % {"old": move.old, "new": move.new}, []
        state = graph.by_slug.get(event.changes["state"][1])
        colour = state.color if state else colour
    elif event.name == "order.created":
        changes = []
    elif event.name == "order.assigned":
        (given,) = [change for change in changes if change.name == "assignee"]
        title = _("Taken back from %(old)s") if given.new == DASH else _("Given to %(new)s")
        title %= {"old": given.old, "new": given.new}
        changes = [change for change in changes if change is not given]
    rows = [(change.label, change.old or "", change.new) for change in changes]
    return Entry(event.at, icon, colour, title, event.actor_name, words.reason(event), "event", rows)


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
    text = f"{entry.get_trigger_display()} · {format_mad(entry.amount)}"
    return Entry(entry.made_at, "coins", colour, title, str(entry.agent), text, "money")


def _call_entry(call: Call) -> Entry:
    icon = "brand-whatsapp" if call.medium == Call.Medium.WHATSAPP else "phone"
    said = call.outcome.label
    if call.undone_at:
        said = _("%(outcome)s, undone") % {"outcome": said}
    return Entry(call.called_at, icon, call.outcome.color, said, str(call.agent or ""), call.comment, "call")
