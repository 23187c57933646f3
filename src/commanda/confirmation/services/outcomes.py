"""Add and change the outcomes of a contact."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.confirmation.models import Outcome
from commanda.confirmation.selectors import get_outcome
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Invalid
from commanda.kernel.transaction import unit_of_work
from commanda.orders.models import State
from commanda.orders.stages import QUEUED, Stage

FIELDS = (
    "label_fr",
    "label_ar",
    "label_en",
    "icon",
    "color",
    "is_answered",
    "follow_up",
    "target_state",
    "retry_minutes",
    "needs_reason",
    "is_active",
)
ICON = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_MINUTES = 7 * 24 * 60
FollowUp = Outcome.FollowUp


def save_outcome(*, actor: Actor, fields: Mapping[str, Any], outcome_id: int | None = None) -> Outcome:
    """Add an outcome at the end, or change one. Its slug, which calls and the API name, stays for good.

    Raises `Invalid` when its follow-up and its new state contradict each other, or no active outcome would confirm.
    """
    actor.require(Perm.SETTINGS_MANAGE)
    with unit_of_work():
        outcome = get_outcome(outcome_id) if outcome_id else Outcome(slug=_new_slug(fields), position=_end())
        changes: dict[str, Any] = {}
        for name in FIELDS:
            old, new = getattr(outcome, name), fields[name]
            if old != new or outcome.pk is None:
                changes[name] = [_told(old) if outcome.pk else None, _told(new)]
                setattr(outcome, name, new)
        _check(outcome)
        if not changes:
            return outcome
        outcome.save()
        _check_confirmable()
        record(actor=actor, name="settings.outcome", subject="outcome", subject_id=outcome.pk, changes=changes)
    return outcome


def move_outcome(*, actor: Actor, outcome_id: int, up: bool) -> None:
    """Change places with the neighbour: the first nine active ones have the keys 1 to 9."""
    actor.require(Perm.SETTINGS_MANAGE)
    with unit_of_work():
        rows = list(Outcome.objects.all())
        place = next((n for n, row in enumerate(rows) if row.pk == outcome_id), None)
        other = None if place is None else place - 1 if up else place + 1
        if place is None or other is None or not 0 <= other < len(rows):
            return
        rows[place], rows[other] = rows[other], rows[place]
        for position, row in enumerate(rows):
            row.position = position
        Outcome.objects.bulk_update(rows, ["position"])
        changes = {"position": [place, other]}
        record(actor=actor, name="settings.outcome", subject="outcome", subject_id=outcome_id, changes=changes)


def _check(outcome: Outcome) -> None:
    target = outcome.target_state
    stays = target is None or target.stage in QUEUED
    if not outcome.label_fr.strip():
        raise Invalid(_("Write the French label: it stands in for the others."), field="label_fr")
    if not ICON.fullmatch(outcome.icon):
        raise Invalid(_("Choose an icon from the list."), field="icon")
    if target is not None and target.stage in (Stage.SHIPPED, Stage.DELIVERED, Stage.RETURNED, Stage.DRAFT):
        raise Invalid(_("A call cannot ship, deliver or return an order. Choose another state."), field="target_state")
    if outcome.follow_up == FollowUp.NONE and stays:
        raise Invalid(
            _("Say what follows, or choose a state in which the order no longer waits for a call."),
            field="follow_up",
            code="no_follow_up",
        )
    if outcome.follow_up != FollowUp.NONE and not stays:
        raise Invalid(
            _("In this state nobody calls any more. Choose “Nothing more to do”, or another state."),
            field="follow_up",
            code="follow_up_at_end",
        )
    if outcome.retry_minutes is not None:
        if outcome.follow_up != FollowUp.RETRY:
            raise Invalid(
                _("Minutes belong to outcomes that are tried again. Leave them empty."), field="retry_minutes"
            )
        if not 1 <= outcome.retry_minutes <= LONGEST_MINUTES:
            raise Invalid(_("Between one minute and a week."), field="retry_minutes")


def _check_confirmable() -> None:
    if not Outcome.objects.filter(is_active=True, target_state__stage=Stage.CONFIRMED).exists():
        raise Invalid(_("Keep at least one active outcome that confirms the order."), field="is_active")


def _new_slug(fields: Mapping[str, Any]) -> str:
    """Made of the English or French label; numbered where it is taken."""
    words = slugify(str(fields["label_en"] or fields["label_fr"])).replace("-", "_")[:30] or "outcome"
    taken = set(Outcome.objects.filter(slug__startswith=words).values_list("slug", flat=True))
    return next(slug for n in range(len(taken) + 1) if (slug := f"{words}_{n + 1}" if n else words) not in taken)


def _end() -> int:
    last = Outcome.objects.order_by("-position").values_list("position", flat=True).first()
    return 0 if last is None else last + 1


def _told(value: Any) -> Any:
    return value.slug if isinstance(value, State) else value
