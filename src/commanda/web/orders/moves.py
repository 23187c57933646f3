"""What a move would do, in words: each button of the order page says it beforehand."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from commanda.accounts.permissions import Perm
from commanda.finance.commission_selectors import OrderCommission, commission_of_order
from commanda.kernel.actor import Actor
from commanda.kernel.formats import qty
from commanda.kernel.money import format_mad
from commanda.orders.models import Order, State
from commanda.orders.move_preview import MovePreview, UnitEffect, previews
from commanda.orders.stages import Stage
from commanda.orders.statemachine import Move
from commanda.shipping.models import Parcel
from commanda.stock.buckets import Delta
from commanda.stock.errors import OutOfStock

LINES_SHOWN = 4
WAY = (Stage.DRAFT, Stage.NEW, Stage.CONFIRMING, Stage.CONFIRMED, Stage.SHIPPED, Stage.DELIVERED)
# What happens to each single unit: (on hand, reserved, in transit) → the sentence.
DONE_TO_UNITS = {
    (0, 1, 0): "reserves",
    (0, -1, 0): "frees",
    (0, -1, 1): "sends",
    (0, 0, 1): "takes_along",
    (-1, 0, -1): "sells",
    (-1, -1, 0): "sells",
    (1, 0, 1): "waits",
    (0, 1, -1): "fetches",
    (1, 1, 0): "fetches",
    (0, 0, -1): "gives_back",
    (1, 0, 0): "gives_back",
}


@dataclass(frozen=True, slots=True)
class Option:
    """One move as the page offers it. `effects` say what happens, `refused` why it is impossible now."""

    state: State
    move: Move
    effects: list[str] = field(default_factory=list)
    refused: str = ""
    is_main: bool = False

    @property
    def is_correction(self) -> bool:
        return self.move.permission == Perm.ORDERS_FORCE


def options_of(actor: Actor, order: Order, parcel: Parcel | None) -> list[Option]:
    """The order's possible moves with what each would do; a constant number of queries."""
    found = previews(actor, order)
    states = State.objects.in_bulk([preview.target.pk for preview in found])
    concerns_delivery = any(Stage.DELIVERED in (preview.source, preview.target.stage) for preview in found)
    commission = commission_of_order(actor, order.pk, order.assignee_id) if concerns_delivery else None
    main = _main(found)
    return [
        Option(
            states[preview.target.pk],
            preview.move,
            _effects(actor, preview, parcel, commission),
            _refused(preview),
            is_main=preview is main,
        )
        for preview in found
    ]


def _main(found: list[MovePreview]) -> MovePreview | None:
    """The move that brings the order on: the first possible one into a later stage of its way."""
    ahead = (
        preview
        for preview in found
        if preview.error is None
        and preview.move.permission != Perm.ORDERS_FORCE
        and {preview.source, preview.target.stage} <= set(WAY)
        and WAY.index(preview.target.stage) > WAY.index(preview.source)
    )
    return min(ahead, key=lambda preview: WAY.index(preview.target.stage), default=None)


def _effects(
    actor: Actor, preview: MovePreview, parcel: Parcel | None, commission: OrderCommission | None
) -> list[str]:
    texts = [
        _of_units(effect, preview.target.stage, may_see_left=actor.can(Perm.STOCK_VIEW))
        for effect in preview.effects[:LINES_SHOWN]
    ]
    more = len(preview.effects) - LINES_SHOWN
    if more > 0:
        texts.append(_("and %(number)s more products") % {"number": qty(more)})
    if preview.target.stage is Stage.RETURNED and not preview.effects:
        texts.append(_("the goods wait for inspection before they are on sale again"))
    if preview.leaves_queue:
        texts.append(_("takes the order out of the call queue"))
    if preview.enters_queue:
        texts.append(_("puts the order back into the call queue"))
    texts += _of_parcel(preview, parcel) + _of_commission(preview, commission)
    return texts


def _of_units(effect: UnitEffect, target: Stage, *, may_see_left: bool) -> str:
    goods = f"{qty(effect.units)} × \u2068{effect.label}\u2069"
    change = effect.delta
    moved = (change.on_hand, change.reserved, change.in_transit)
    per_unit = (moved[0] // effect.units, moved[1] // effect.units, moved[2] // effect.units)
    is_whole = all(number % effect.units == 0 for number in moved)
    sentences = {
        "reserves": _("reserves %(goods)s"),
        "frees": _("frees %(goods)s"),
        "sends": _("hands %(goods)s over from the reserve to the road"),
        "takes_along": _("puts %(goods)s on the road"),
        "sells": _("books %(goods)s out of the stock as sold"),
        "waits": _("%(goods)s comes back and waits for inspection"),
        "fetches": _("puts %(goods)s back into the reserve"),
        "gives_back": _("puts %(goods)s back on sale"),
    }
    done = DONE_TO_UNITS.get(per_unit, "") if is_whole else ""
    if done == "waits" and target is not Stage.RETURNED:  # a delivery that was none
        done = "takes_along"
    sentence = sentences.get(done, "")
    text = sentence % {"goods": goods} if sentence else f"{goods}: {_in_numbers(change)}"
    if may_see_left and change.available and effect.left >= 0:
        text += " " + _("(%(number)s left)") % {"number": qty(effect.left)}
    return text


def _in_numbers(change: Delta) -> str:
    parts = [
        (_("on hand"), change.on_hand),
        (_("reserved"), change.reserved),
        (_("in transit"), change.in_transit),
        (_("quarantine"), change.quarantine),
    ]
    return ", ".join(f"{label} \u2066{number:+d}\u2069" for label, number in parts if number)


def _of_parcel(preview: MovePreview, parcel: Parcel | None) -> list[str]:
    if parcel is None or not parcel.is_current or preview.source is preview.target.stage:
        return []
    carrier = {"carrier": f"\u2068{parcel.carrier}\u2069"}
    target = preview.target.stage
    if target is Stage.SHIPPED and preview.source is Stage.CONFIRMED:
        return [_("marks the parcel of %(carrier)s as handed over") % carrier]
    if target is Stage.DELIVERED:
        return [_("closes the parcel of %(carrier)s as delivered") % carrier]
    if target is Stage.RETURNED:
        return [_("closes the parcel of %(carrier)s as returned") % carrier]
    if preview.source in (Stage.CONFIRMED, Stage.SHIPPED):
        return [_("withdraws the parcel of %(carrier)s") % carrier]
    return []


def _of_commission(preview: MovePreview, commission: OrderCommission | None) -> list[str]:
    if commission is None or preview.source is preview.target.stage:
        return []
    if preview.target.stage is Stage.DELIVERED and not commission.earned_amount and commission.next_amount:
        return [_("writes %(amount)s of commission") % {"amount": format_mad(commission.next_amount)}]
    if preview.source is Stage.DELIVERED and commission.earned_amount:
        return [_("takes %(amount)s of commission back") % {"amount": format_mad(commission.earned_amount)}]
    return []


def _refused(preview: MovePreview) -> str:
    error = preview.error
    if isinstance(error, OutOfStock):
        lacks = [
            _("only %(number)s × %(product)s left")
            % {"number": qty(max(lack.available, 0)), "product": f"\u2068{lack.label}\u2069"}
            for lack in error.shortages[:LINES_SHOWN]
        ]
        return ", ".join(lacks)
    return str(error) if error else ""
