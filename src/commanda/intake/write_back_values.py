"""What the orders of a source say, for its sheet, and which sources have something to say."""

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from django.utils.translation import override

from commanda.audit.models import Event
from commanda.intake.models import Source, StagedRow
from commanda.intake.write_back import shown_text
from commanda.intake.write_back_state import OPTION, WriteBack
from commanda.orders.models import Reason, State
from commanda.shipping.models import Parcel

# A change may be committed a while after the moment it is stamped with.
OVERLAP: Final = timedelta(seconds=60)
_PARCEL: Final = ("carrier__name", "tracking_number")
_ORDER: Final = (
    "order_id",
    "order__reference",
    "order__state_id",
    "order__reason_id",
    "order__reason_text",
    "order__assignee__name",
)


def order_texts(source: Source, fields: Collection[str], language: str) -> dict[str, dict[str, str]]:
    """What each order says, by the key of its rows and by field; labels in `language`. Four queries."""
    parcels = Parcel.objects.filter(is_current=True, order__staged_rows__source=source)
    sent = {pk: (carrier, number) for pk, carrier, number in parcels.values_list("order", *_PARCEL)}
    with override(language):
        states = {pk: state.label for pk, state in State.objects.in_bulk().items()}
        reasons = {pk: reason.label for pk, reason in Reason.objects.in_bulk().items()}
    rows = StagedRow.objects.filter(source=source, order__isnull=False).order_by().values_list("key", *_ORDER)
    texts: dict[str, dict[str, str]] = {}
    for key, order_id, reference, state_id, reason_id, reason_text, agent in rows.iterator():
        carrier, number = sent.get(order_id, ("", ""))
        said = {
            "order": reference,
            "state": states[state_id],
            "reason": ": ".join(part for part in (reasons.get(reason_id, ""), reason_text) if part),
            "agent": agent or "",
            "carrier": carrier,
            "tracking": number,
        }
        texts[key] = {name: shown_text(said[name]) for name in fields}
    return texts


def has_changes(source: Source) -> bool:
    """Whether an order of the source was touched since the sheet was last brought up to date.

    Whatever happens to an order (its state, agent, parcel, tracking number …) leaves an audit row in the same
    transaction.
    """
    if source.written_back_at is None:
        return True
    since = source.written_back_at - OVERLAP
    touched = Event.objects.filter(subject="order", at__gte=since).values("subject_id")
    return StagedRow.objects.filter(source=source, order__in=touched).exists()


def due_write_backs() -> list[int]:
    """The sources whose sheet has to be written to, or looked at again."""
    switched_on = Source.objects.filter(
        kind=Source.Kind.SHEET_API, is_active=True, mapping__isnull=False, **{f"options__{OPTION}__is_on": True}
    )
    return [source.pk for source in switched_on if is_due(source)]


def is_due(source: Source) -> bool:
    state = WriteBack.of(source)
    return state.is_on and not state.is_resting and (state.is_stale or has_changes(source))
