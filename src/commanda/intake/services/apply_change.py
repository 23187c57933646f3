"""A row that was taken in has changed in its source: let the order follow where that is right."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from commanda.intake.batch import Candidate, stored_rows
from commanda.intake.cleaning import CleaningContext
from commanda.intake.drafting import DraftingContext, make_draft
from commanda.intake.models import StagedRow
from commanda.intake.problems import BLOCKED
from commanda.intake.rows import kept_corrections, read_candidate
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Busy, CommandaError, Conflict
from commanda.orders.models import Order
from commanda.orders.services.drafts import LineDraft, OrderDraft
from commanda.orders.services.edit import edit_order

_FIELDS: Final = (
    "customer_name",
    "phone_e164",
    "phone2_e164",
    "city_id",
    "city_text",
    "address",
    "note",
    "discount_amount",
    "delivery_amount",
)
_CUT: Final = {"customer_name": 200, "city_text": 100, "address": 500, "note": 1000}


@dataclass(frozen=True, slots=True)
class _Change:
    """What the source changed: new values of fields, and new lines unless they stayed."""

    fields: dict[str, Any]
    lines: tuple[LineDraft, ...] | None
    overruled: tuple[str, ...]


def apply_change(
    *, actor: Actor, staged: StagedRow, candidate: Candidate, context: DraftingContext, cleaning: CleaningContext
) -> None:
    """Bring the row's order up to the new cells; writes onto `staged` what could not be done, unsaved.

    Three-way: only what differs between the old and the new cells is changed, and only where nobody has changed
    the order here meanwhile. The state never follows a sheet. A change that is not possible any more (shipped, no
    stock, unreadable) leaves the order as it is, and the row is shown to a person.
    """
    old_rows = stored_rows(staged.cells)
    old = read_candidate(old_rows, cleaning, staged.corrections)
    staged.corrections = kept_corrections(old_rows, candidate, staged.corrections)
    new = read_candidate(candidate.rows, cleaning, staged.corrections)
    undecided = [problem for problem in staged.problems if staged.needs_look and problem["code"] == BLOCKED]
    staged.problems, staged.needs_look = [*new.problems, *undecided], bool(undecided)
    if new.is_rejected:
        _tell(staged, "change_unreadable")
        return
    order = Order.objects.prefetch_related("lines").get(staged_rows=staged)
    before = make_draft(old.order, context) if not old.is_rejected else None
    change = _difference(order, before, make_draft(new.order, context), context)
    if order.merged_into_id is not None and (change.fields or change.lines is not None):
        kept = Order.objects.only("reference").get(pk=order.merged_into_id)
        _tell(staged, "change_merged", reference=kept.reference)
    elif change.fields or change.lines is not None:
        _edit(actor, order, change, staged)
    if change.overruled:
        _tell(staged, "change_overruled", fields=", ".join(change.overruled))


def _edit(actor: Actor, order: Order, change: _Change, staged: StagedRow) -> None:
    try:
        edit_order(actor=actor, order_id=order.pk, fields=change.fields, lines=change.lines)
    except Busy:
        raise
    except Conflict as error:
        code = "change_too_late" if error.code == "order_locked" else "change_refused"
        _tell(staged, code, reason=str(error))
    except CommandaError as error:
        _tell(staged, "change_refused", reason=str(error))


def _difference(order: Order, before: OrderDraft | None, after: OrderDraft, context: DraftingContext) -> _Change:
    """What to change. Without a readable `before` the order itself is what the new cells are compared with."""
    fields: dict[str, Any] = {}
    overruled: list[str] = []
    for name in _FIELDS:
        new, current = _value(after, name), getattr(order, name)
        old = _value(before, name) if before is not None else current
        if new in (old, current):
            continue
        if current == old:
            fields[name] = new
        else:
            overruled.append(name)
    current_lines = _current(order)
    # A line that takes the catalogue's price took that of its day.
    usual = {**context.prices, **{variant_id: unit for variant_id, _quantity, unit in current_lines}}
    wanted = _sums(after.lines, usual)
    old_lines = _sums(before.lines, usual) if before is not None else current_lines
    if wanted in (old_lines, current_lines):
        return _Change(fields, None, tuple(overruled))
    if current_lines == old_lines:
        return _Change(fields, after.lines, tuple(overruled))
    return _Change(fields, None, (*overruled, "lines"))


def _value(draft: OrderDraft, name: str) -> Any:
    value = getattr(draft, name)
    return value[: _CUT[name]] if name in _CUT else value


def _sums(lines: tuple[LineDraft, ...], usual: dict[int, Decimal]) -> list[tuple[int, int, Decimal]]:
    return sorted(
        (
            line.variant_id,
            line.quantity,
            usual[line.variant_id] if line.unit_price_amount is None else line.unit_price_amount,
        )
        for line in lines
    )


def _current(order: Order) -> list[tuple[int, int, Decimal]]:
    return sorted((line.variant_id, line.quantity, line.unit_price_amount) for line in order.lines.all())


def _tell(staged: StagedRow, code: str, **params: str) -> None:
    staged.needs_look = True
    staged.problems = [*staged.problems, {"row": 0, "field": "", "code": code, "params": params}]
