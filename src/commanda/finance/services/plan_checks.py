"""What a version of the commission plan must say to make sense; errors name the very field of the very line."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from commanda.accounts.models import User
from commanda.catalog.models import Product, Variant
from commanda.finance.models.commission import ORDER_TRIGGERS
from commanda.finance.services.checks import checked_amount
from commanda.kernel.errors import Invalid

HIGHEST_COMMISSION: Final = 10_000
HIGHEST_BONUS: Final = 100_000
MOST_LINES: Final = 200
MOST_TIERS: Final = 20
MOST_ORDERS: Final = 1_000_000
RATE_PLACES: Final = Decimal("0.001")
RATIO_PLACES: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class LineData:
    """A line as typed: `amount` MAD or `ratio` 0..1, one of them. `offer_qty` and the rest only for an offer."""

    trigger: str
    agent_id: int | None = None
    product_id: int | None = None
    offer_variant_id: int | None = None
    offer_qty: int | None = None
    offer_label: str = ""
    amount: Decimal | None = None
    ratio: Decimal | None = None
    cap_amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TierData:
    """A tier as typed; rates are ratios 0..1, amounts MAD."""

    delivered_qty: int
    delivery_rate: Decimal | None = None
    confirmation_rate: Decimal | None = None
    per_order_amount: Decimal = Decimal(0)
    fixed_amount: Decimal = Decimal(0)


def checked_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """The name and the amounts of a version. Raises `Invalid`."""
    name = fields["name"].strip()
    if not name:
        raise Invalid(_("Give the plan a name."), field="name", code="no_name")
    amounts = {
        key: checked_amount(fields[key], field=key, highest=HIGHEST_COMMISSION)
        for key in ("confirmed_amount", "delivered_amount", "upsell_amount")
    }
    cap = fields["month_cap_amount"]
    if cap is not None:
        cap = checked_amount(cap, field="month_cap_amount", highest=HIGHEST_BONUS, is_positive=True)
    return {**fields, **amounts, "name": name[:80], "month_cap_amount": cap}


def checked_lines(lines: Sequence[LineData]) -> list[LineData]:
    """The lines with amounts to the centime. Raises `Invalid`; three queries at most."""
    if len(lines) > MOST_LINES:
        raise Invalid(_("A plan has at most %(most)s lines."), field="lines", code="too_many_lines", most=MOST_LINES)
    _refuse_unknown(User, lines, "agent_id", "agent", _("Choose an agent from the list."))
    _refuse_unknown(Product, lines, "product_id", "product", _("Choose a product from the list."))
    _refuse_unknown(Variant, lines, "offer_variant_id", "offer", _("Choose an offer from the list."))
    return [_line(place, line) for place, line in enumerate(lines)]


def _line(place: int, line: LineData) -> LineData:
    prefix = f"lines-{place}"
    if line.trigger not in {each.value for each in ORDER_TRIGGERS}:
        raise Invalid(_("Choose what the line pays for."), field=f"{prefix}-trigger", code="no_trigger")
    if (line.amount is None) == (line.ratio is None):
        raise Invalid(_("Give an amount or a percentage."), field=f"{prefix}-value", code="no_amount")
    if line.offer_qty is None and (line.offer_variant_id or line.offer_label):
        raise Invalid(_("Choose an offer from the list."), field=f"{prefix}-offer", code="no_offer")
    if line.offer_qty is not None and (line.offer_qty < 1 or line.product_id is None):
        raise Invalid(_("Choose an offer from the list."), field=f"{prefix}-offer", code="no_offer")
    amount, ratio, cap = line.amount, line.ratio, line.cap_amount
    if amount is not None:
        amount = checked_amount(amount, field=f"{prefix}-value", highest=HIGHEST_COMMISSION)
    if ratio is not None:
        if not ratio.is_finite() or not 0 <= ratio <= 1:
            raise Invalid(_("A percentage is between 0 and 100."), field=f"{prefix}-value", code="bad_percent")
        ratio = ratio.quantize(RATIO_PLACES)
    if cap is not None:
        cap = checked_amount(cap, field=f"{prefix}-cap_amount", highest=HIGHEST_COMMISSION, is_positive=True)
    return replace(line, amount=amount, ratio=ratio, cap_amount=cap, offer_label=line.offer_label[:200])


def _refuse_unknown(model: Any, lines: Sequence[LineData], name: str, field: str, text: Any) -> None:
    wanted = {getattr(line, name) for line in lines} - {None}
    missing = wanted - set(model.objects.filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()
    for place, line in enumerate(lines):
        if getattr(line, name) in missing:
            raise Invalid(text, field=f"lines-{place}-{field}", code=f"unknown_{field}")


def checked_tiers(tiers: Sequence[TierData]) -> list[TierData]:
    """The tiers with rates in thousandths and amounts in centimes. Raises `Invalid`."""
    if len(tiers) > MOST_TIERS:
        raise Invalid(_("A plan has at most %(most)s tiers."), field="tiers", code="too_many_tiers", most=MOST_TIERS)
    return [_tier(place, tier) for place, tier in enumerate(tiers)]


def _tier(place: int, tier: TierData) -> TierData:
    prefix = f"tiers-{place}"
    if not 0 <= tier.delivered_qty <= MOST_ORDERS:
        raise Invalid(_("Give a number of orders."), field=f"{prefix}-delivered_qty", code="bad_quantity")
    per_order = checked_amount(tier.per_order_amount, field=f"{prefix}-per_order_amount", highest=HIGHEST_COMMISSION)
    fixed = checked_amount(tier.fixed_amount, field=f"{prefix}-fixed_amount", highest=HIGHEST_BONUS)
    if not per_order and not fixed:
        raise Invalid(
            _("Say what the tier pays: more per order, or a fixed amount."),
            field=f"{prefix}-fixed_amount",
            code="tier_pays_nothing",
        )
    return TierData(
        delivered_qty=tier.delivered_qty,
        delivery_rate=_rate(tier.delivery_rate, f"{prefix}-delivery_rate"),
        confirmation_rate=_rate(tier.confirmation_rate, f"{prefix}-confirmation_rate"),
        per_order_amount=per_order,
        fixed_amount=fixed,
    )


def _rate(rate: Decimal | None, field: str) -> Decimal | None:
    if rate is None:
        return None
    if not rate.is_finite() or not 0 <= rate <= 1:
        raise Invalid(_("A percentage is between 0 and 100."), field=field, code="bad_percent")
    return rate.quantize(RATE_PLACES)
