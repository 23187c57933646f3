"""Rows of the audit as a person reads them: words for codes, names for ids."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any, Final, NamedTuple

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, Model
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from commanda.accounts.models import Role
from commanda.accounts.permissions import Perm
from commanda.alerts import naming
from commanda.alerts.models import Alert
from commanda.audit.models import Event
from commanda.confirmation.models import AssignmentRule, Outcome, Presence
from commanda.customers.models import Customer
from commanda.kernel.actor import Actor
from commanda.kernel.formats import DASH, listed, mad, weekday_names
from commanda.kernel.phone import format_phone
from commanda.kernel.text import fold
from commanda.kernel.visibility import FieldClass, may_see, visible_changes
from commanda.orders.models import OrderAttachment
from commanda.orders.selectors import reason_labels
from commanda.orders.workflow import current_graph
from commanda.reports.catalogue import REPORTS
from commanda.web.history_words import EVENTS, FACTS, HIDDEN, PARTS, SUBJECTS, WAYS, Subject

MOST_SHOWN: Final = 200
# Lists that say what is, not what was and what is.
_LISTS: Final = frozenset({"columns", "fields", "recipients", "roles", "people"})
_EMPTY: Final[tuple[Any, ...]] = (None, "", [], {})
_UNKNOWN: Final = Subject("", has_name=False)
# A product line of an order: quantity, SKU and unit price.
_KEPT_LINE: Final = re.compile(r"(\d+) × (.+) @ (\d+(?:\.\d+)?)")
# The name of a fact that is kept by its slug or number → what each is called.
_KEPT_BY_SLUG: Final[dict[str, Callable[[], dict[Any, Any]]]] = {
    "kind": lambda: dict(OrderAttachment.Kind.choices),
    "outcome": lambda: {outcome.slug: outcome.label for outcome in Outcome.objects.all()},
    "presence": lambda: dict(Presence.Status.choices),
    "report_slug": lambda: {report.slug: report.label for report in REPORTS},
    "role": lambda: {role.slug: role for role in Role.objects.all()},
    "rule": lambda: dict(AssignmentRule.Method.choices),
    "weekday": lambda: dict(enumerate(weekday_names())),
    "state": lambda: {slug: state.label for slug, state in current_graph().by_slug.items()},
}


class Change(NamedTuple):
    """One fact of an event, `name` as it is kept: `old` is None when there was nothing before."""

    name: str
    label: str
    old: str | None
    new: str


@dataclass(frozen=True, slots=True)
class Line:
    """One event in words; `url` leads to what it tells of, where that has a page."""

    event: Event
    what: str
    way: str
    noun: str
    name: str
    url: str
    changes: list[Change]
    reason: str


class _Fact(NamedTuple):
    """A fact as it is kept; `field` is the column it is called after, `parts` the model of the rows it lists."""

    name: str
    value: Any
    label: Any
    field: "Field[Any, Any] | None"
    parts: str


def lines(actor: Actor, events: Sequence[Event]) -> list[Line]:
    """The events in words, as far as the actor may see their facts. The number of queries does not grow with them."""
    words = Words(actor, events, of_many_things=True)
    return [words.line(event) for event in events]


def matching(words: str) -> list[str]:
    """The events in whose name, as the reader is told it, these words stand."""
    wanted = fold(words)
    return [name for name, sentence in EVENTS.items() if wanted and wanted in fold(str(sentence))]


def _facts(actor: Actor, event: Event) -> Iterator[_Fact]:
    model = _subject(event).model
    for name, value in visible_changes(actor, model, event.changes).items():
        if name in HIDDEN.get(event.subject, ()):
            continue
        label, parts = PARTS.get((event.subject, name), ("", ""))
        yield _Fact(name, _units(event, name, value), label, _field(model, name), parts)


def _units(event: Event, name: str, value: Any) -> Any:
    """The lines of a stock document as rows with names, like those of other things."""
    if event.subject == "stock_document" and name == "lines":
        return [{"variant": variant_id, "quantity": f"{quantity:+d}"} for variant_id, quantity in value]
    return value


def _subject(event: Event) -> Subject:
    return SUBJECTS.get(event.subject, _UNKNOWN)


def _field(model: str, name: str) -> "Field[Any, Any] | None":
    if not model:
        return None
    try:
        field = apps.get_model(model)._meta.get_field(name.removesuffix("_id"))
    except FieldDoesNotExist:
        return None
    return field if isinstance(field, Field) else None


class Words:
    """Some events in words, as far as the actor may see their facts. What ids are called is asked once for each kind
    of thing; what the events tell of only if they are `of_many_things`.
    """

    def __init__(self, actor: Actor, events: Sequence[Event], *, of_many_things: bool = False) -> None:
        self._sees_clients = may_see(actor, FieldClass.PERSONAL)
        self._facts = {event.pk: list(_facts(actor, event)) for event in events}
        facts = list(chain.from_iterable(self._facts.values()))
        wanted: dict[str, set[int]] = defaultdict(set)
        for event in events if of_many_things else ():
            subject = _subject(event)
            if subject.model and (subject.has_name or subject.page):
                wanted[subject.model].add(event.subject_id)
        for model, pk in chain.from_iterable(_mentioned(fact.field, fact.value, fact.parts) for fact in facts):
            wanted[model].add(pk)
        self._rows = {model: _found(model, ids) for model, ids in wanted.items()}
        alerts = self._rows.get("alerts.Alert", {}).values()
        self._things = naming.Names(alert.things for alert in alerts if isinstance(alert, Alert))
        names = {fact.name for fact in facts}
        self._slugs = {name: words() for name, words in _KEPT_BY_SLUG.items() if name in names}
        self._reasons = reason_labels() if any(event.reason for event in events) else {}

    def line(self, event: Event) -> Line:
        """The whole event."""
        subject = _subject(event)
        row = self._rows.get(subject.model, {}).get(event.subject_id)
        return Line(
            event,
            str(EVENTS.get(event.name, event.name)),
            str(WAYS.get(event.source, event.source)),
            str(subject.noun) or event.subject,
            self._name(row) if row is not None and subject.has_name else "",
            reverse(subject.page, args=[getattr(row, subject.key)]) if row is not None and subject.page else "",
            self.changes(event),
            self.reason(event),
        )

    def changes(self, event: Event) -> list[Change]:
        """Its facts, but for those that say nothing."""
        return [
            Change(fact.name, _called(fact), None if old in _EMPTY else self._text(fact, old), self._text(fact, new))
            for fact in self._facts[event.pk]
            for old, new in [_pair(fact)]
            if not (old in _EMPTY and new in _EMPTY)
        ]

    def reason(self, event: Event) -> str:
        """Why, with what was chosen from a list by its label."""
        return " – ".join(self._reasons.get(part, part) for part in event.reason.split(" – "))

    def _text(self, fact: _Fact, value: Any) -> str:
        if value in _EMPTY:
            return DASH
        if isinstance(value, list):
            return _shortened(listed(self._text(fact, item) for item in value))
        if isinstance(value, dict):
            inner = (_Fact(name, item, "", _field(fact.parts, name), "") for name, item in value.items() if item)
            return _shortened(" · ".join(f"{_called(each)} {self._text(each, each.value)}" for each in inner))
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        return self._word(fact, value) or _shortened(_plain(fact.name, value))

    def _word(self, fact: _Fact, value: Any) -> str:
        """What a code or an id is called; "" for what is neither."""
        for model, pk in _mentioned(fact.field, value):
            if row := self._rows[model].get(pk):
                return self._name(row)
        known = dict(fact.field.flatchoices).get(value) if fact.field is not None else None
        return str(known or self._slugs.get(fact.name, {}).get(value, ""))

    def _name(self, row: Model) -> str:
        if isinstance(row, Alert):
            return self._things.title(row.things)
        if isinstance(row, Customer) and not self._sees_clients:
            return f"#{row.pk}"
        return str(getattr(row, "label", "") or row)


def _pair(fact: _Fact) -> tuple[Any, Any]:
    """What was and what is; None before for what is a fact alone."""
    value = fact.value
    if not isinstance(value, list) or len(value) != 2 or fact.name in _LISTS or isinstance(value[1], dict):
        return None, value
    if fact.name == "permissions":
        return None, _rights(*value)
    return value[0], value[1]


def _rights(old: list[str], new: list[str]) -> list[str]:
    """What was given and what was taken."""
    changes = [("+", right) for right in new if right not in old] + [("−", right) for right in old if right not in new]
    return [f"{sign} {Perm(right).label if right in Perm else right}" for sign, right in changes]


def _called(fact: _Fact) -> str:
    text = str(fact.label or FACTS.get(fact.name) or (fact.field and fact.field.verbose_name) or fact.name)
    return text[:1].upper() + text[1:].replace("_", " ")


def _plain(name: str, value: Any) -> str:
    if name.endswith("amount") or name == "total":
        return mad(value)
    if name.endswith("_on") and (day := _day(value)):
        return date_format(day, "j N Y")
    if name.startswith("phone"):
        return format_phone(value)
    if name == "lines" and (line := _KEPT_LINE.fullmatch(str(value))):
        return f"{line[1]} × {line[2]} · {mad(line[3])}"
    return str(value)


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def _shortened(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 1]}…"


def _mentioned(field: "Field[Any, Any] | None", value: Any, parts: str = "") -> Iterator[tuple[str, int]]:
    """(Model, id) of all that a value speaks of by its id."""
    if isinstance(value, list):
        for item in value:
            yield from _mentioned(field, item, parts)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _mentioned(_field(parts, name), item)
    elif field is not None and isinstance(field.related_model, type) and (pk := _id(value)) is not None:
        yield field.related_model._meta.label, pk


def _id(value: Any) -> int | None:
    """Ids were kept as numbers or as texts."""
    return int(value) if str(value).isdecimal() else None


def _found(model: str, ids: set[int]) -> dict[int, Model]:
    rows = apps.get_model(model)._default_manager.filter(pk__in=ids)
    if model == "catalog.Variant":
        rows = rows.select_related("product")
    return {row.pk: row for row in rows}
