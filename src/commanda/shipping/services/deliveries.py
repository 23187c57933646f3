"""What the carrier reports, one parcel or hundreds: delivered or returned."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.kernel.actor import Actor
from commanda.kernel.errors import CommandaError, Conflict, Invalid, NotFound
from commanda.kernel.transaction import unit_of_work
from commanda.orders.locks import lock_orders
from commanda.orders.models import Order
from commanda.orders.services.transition import MoveResult, transition_orders
from commanda.orders.stages import Stage
from commanda.orders.workflow import current_graph
from commanda.shipping.models import Parcel
from commanda.shipping.tracking import split_numbers


class Outcome(StrEnum):
    DELIVERED = "delivered"
    RETURNED = "returned"


RIGHTS = {Outcome.DELIVERED: Perm.SHIPPING_SHIP, Outcome.RETURNED: Perm.SHIPPING_RETURNS}
STAGES = {Outcome.DELIVERED: Stage.DELIVERED, Outcome.RETURNED: Stage.RETURNED}
LEFT_THE_HOUSE = frozenset({Stage.SHIPPED, Stage.DELIVERED, Stage.RETURNED})


class Verdict(StrEnum):
    """What came of one pasted number."""

    DONE = "done"
    ALREADY = "already"  # the order stood there before
    REPEATED = "repeated"  # its order is named earlier in the same list
    UNKNOWN = "unknown"  # no parcel and no order of this number that the actor may see
    REFUSED = "refused"  # `error` says why


@dataclass(frozen=True, slots=True)
class LineResult:
    """One pasted number and what came of it."""

    number: str
    verdict: Verdict
    order_id: int | None = None
    reference: str = ""
    error: CommandaError | None = None


def record_deliveries(
    *,
    actor: Actor,
    numbers: str | Iterable[str],
    outcome: str,
    reason: str = "",
    reason_text: str = "",
) -> list[LineResult]:
    """Move the orders of the pasted tracking numbers or order references; one result per number, in order.

    `numbers` may be any text: spaces, lines, commas, semicolons and bars part the numbers. `outcome` is
    `delivered` or `returned`; `reason` the slug of a return reason. Each order succeeds or fails on its own; stock,
    commissions and parcels follow in the same transaction. The number of statements does not grow with the numbers.
    Raises `NotAllowed`, and `Invalid` for no numbers, too many, or an unknown outcome or reason.
    """
    chosen = _outcome(actor, outcome)
    words = split_numbers(numbers if isinstance(numbers, str) else "\n".join(numbers))
    with unit_of_work():
        found = _find(actor, words)
        targets = list(dict.fromkeys(match for match in found.values() if isinstance(match, int)))
        moved = _move(actor, targets, chosen, reason, reason_text)
        references = dict(Order.objects.visible_to(actor).filter(pk__in=targets).values_list("pk", "reference"))
    return _lines(words, found, moved, references)


def record_outcome(
    *,
    actor: Actor,
    order_ids: Sequence[int],
    outcome: str,
    reason: str = "",
    reason_text: str = "",
) -> list[MoveResult]:
    """The same for orders chosen in a list. An order that stands there already is a `Conflict` of code `already`."""
    chosen = _outcome(actor, outcome)
    with unit_of_work():
        moved = _move(actor, list(dict.fromkeys(order_ids)), chosen, reason, reason_text)
    return list(moved.values())


def _outcome(actor: Actor, outcome: str) -> Outcome:
    try:
        chosen = Outcome(outcome)
    except ValueError:
        raise Invalid(_("Choose delivered or returned."), field="outcome", code="unknown_outcome") from None
    actor.require(RIGHTS[chosen])
    return chosen


def _find(actor: Actor, words: Sequence[str]) -> dict[str, int | CommandaError]:
    """Each word's order, or why there is not exactly one; unknown words are absent. Two queries."""
    candidates: dict[str, dict[int, bool]] = {}
    parcels = Parcel.objects.visible_to(actor).filter(tracking_number__in=words)
    for number, order_id, is_current in parcels.values_list("tracking_number", "order_id", "is_current"):
        known = candidates.setdefault(number, {})
        known[order_id] = known.get(order_id, False) or is_current
    orders = Order.objects.visible_to(actor).filter(reference__in=words)
    found: dict[str, int | CommandaError] = dict(orders.values_list("reference", "pk"))
    for number, known in candidates.items():
        under_way = [order_id for order_id, is_current in known.items() if is_current]
        if len(under_way) == 1:
            found[number] = under_way[0]
        elif under_way:
            found[number] = Conflict(
                _("Several carriers have a parcel of this number. Use the order's reference."), code="ambiguous_number"
            )
        else:
            found.setdefault(
                number,
                Conflict(
                    _("This parcel was withdrawn or replaced by another. Use the order's reference."),
                    code="replaced_parcel",
                ),
            )
    return found


def _move(
    actor: Actor, order_ids: Sequence[int], outcome: Outcome, reason: str, reason_text: str
) -> Mapping[int, MoveResult]:
    stage = STAGES[outcome]
    errors: dict[int, CommandaError] = {}
    locked = {order.pk: order for order in lock_orders(actor, order_ids)}
    for pk in order_ids:
        if pk not in locked:
            errors[pk] = NotFound()
        elif locked[pk].stage == stage:
            errors[pk] = Conflict(_("This was recorded before."), code="already")
        elif locked[pk].stage not in LEFT_THE_HOUSE:
            errors[pk] = Conflict(_("This order has not been shipped."), code="not_shipped")
    moved = transition_orders(
        actor=actor,
        order_ids=[pk for pk in order_ids if pk not in errors],
        to=current_graph().first_of(stage).slug,
        reason=reason,
        reason_text=reason_text,
    )
    errors.update({result.order_id: result.error for result in moved if result.error is not None})
    return {pk: MoveResult(pk, errors.get(pk)) for pk in order_ids}


def _lines(
    words: Sequence[str],
    found: Mapping[str, int | CommandaError],
    moved: Mapping[int, MoveResult],
    references: Mapping[int, str],
) -> list[LineResult]:
    lines: list[LineResult] = []
    seen: set[int] = set()
    for word in words:
        match = found.get(word)
        if match is None:
            lines.append(LineResult(word, Verdict.UNKNOWN))
        elif isinstance(match, CommandaError):
            lines.append(LineResult(word, Verdict.REFUSED, error=match))
        else:
            error = moved[match].error
            if match in seen:
                verdict = Verdict.REPEATED
            elif error is None:
                verdict = Verdict.DONE
            else:
                verdict = Verdict.ALREADY if error.code == "already" else Verdict.REFUSED
            seen.add(match)
            lines.append(LineResult(word, verdict, match, references.get(match, ""), error))
    return lines
