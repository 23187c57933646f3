"""What goods and deliveries cost us, from a day on."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record, record_many
from commanda.catalog.models import Variant
from commanda.finance.locks import lock_carrier, lock_variants
from commanda.finance.models import CarrierFee, ProductCost
from commanda.finance.services.checks import checked_amount, checked_day
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Invalid, NotFound
from commanda.kernel.money import ZERO
from commanda.kernel.transaction import unit_of_work

HIGHEST_COST = 1_000_000
HIGHEST_FEE = 10_000
PARTS = ("purchase_amount", "landed_amount")


@dataclass(frozen=True, slots=True)
class UnitCost:
    """What one unit of a variant costs from a day on, MAD: bought for, and what comes on top until it lies here."""

    variant_id: int
    purchase_amount: Decimal
    landed_amount: Decimal
    valid_from_on: date

    @property
    def key(self) -> tuple[int, date]:
        return self.variant_id, self.valid_from_on


def set_product_cost(
    *, actor: Actor, variant_id: int, amount: Decimal, valid_from_on: date, landed_amount: Decimal = ZERO
) -> ProductCost:
    """Say what one unit of a variant is bought for (`amount`) and what comes on top, MAD; see `set_costs`."""
    return set_costs(actor=actor, costs=[UnitCost(variant_id, amount, landed_amount, valid_from_on)])[0]


def set_product_costs(*, actor: Actor, amounts: Mapping[int, Decimal], valid_from_on: date) -> list[ProductCost]:
    """Say what units are bought for from a day on, MAD by variant id, with nothing on top; see `set_costs`."""
    costs = [UnitCost(pk, amounts[pk], ZERO, valid_from_on) for pk in sorted(amounts)]
    return set_costs(actor=actor, costs=costs)


def set_costs(*, actor: Actor, costs: Sequence[UnitCost]) -> list[ProductCost]:
    """Say what units cost, each from its day on; all or none, and returned in the order of variants and days.

    A second cost for the same day replaces the first; earlier and later ones stay. Profit of deliveries from
    that day on changes with it. What stands there already is not written again. Locks the variants. Raises `Invalid`
    for an absurd amount or day or two costs for one day, `NotFound`.
    """
    actor.require(Perm.FINANCE_EDIT)
    wanted = {cost.key: cost for cost in map(checked_cost, costs)}
    if len(wanted) < len(costs):
        raise Invalid(_("A product has two costs for the same day."), field="valid_from_on", code="twice_a_day")
    with unit_of_work():
        variants = lock_variants(actor, {cost.variant_id for cost in wanted.values()})
        before = costs_of_days(wanted)
        changed = [cost for key, cost in sorted(wanted.items()) if _parts_of(before.get(key)) != _parts_of(cost)]
        ProductCost.objects.bulk_create(
            [
                ProductCost(
                    variant_id=cost.variant_id,
                    purchase_amount=cost.purchase_amount,
                    landed_amount=cost.landed_amount,
                    valid_from_on=cost.valid_from_on,
                    set_by_id=actor.user_id,
                    set_at=now(),
                )
                for cost in changed
            ],
            update_conflicts=True,
            unique_fields=["variant", "valid_from_on"],
            update_fields=[*PARTS, "set_by", "set_at"],
        )
        record_many(
            actor=actor,
            name="finance.cost_set",
            subject="finance.product_cost",
            entries=[
                (cost.variant_id, _facts(variants[cost.variant_id], before.get(cost.key), cost)) for cost in changed
            ],
        )
        after = costs_of_days(wanted)
        return [after[key] for key in sorted(wanted)]


def remove_product_cost(*, actor: Actor, variant_id: int, valid_from_on: date, reason: str) -> None:
    """Take out a cost that was written down for a wrong day: the one before it is valid again. The audit keeps it.

    Profit of deliveries since that day changes. Locks the variant. Raises `Invalid` without a reason, `NotFound`.
    """
    actor.require(Perm.FINANCE_EDIT)
    if not reason.strip():
        raise Invalid(_("Say why, for those who read the history later."), field="reason", code="reason_needed")
    with unit_of_work():
        variant = lock_variants(actor, [variant_id])[variant_id]
        cost = ProductCost.objects.filter(variant=variant, valid_from_on=valid_from_on).first()
        if cost is None:
            raise NotFound
        cost.delete()
        record(
            actor=actor,
            name="finance.cost_removed",
            subject="finance.product_cost",
            subject_id=variant_id,
            changes=_facts(variant, cost, None),
            reason=reason.strip(),
        )


def checked_cost(cost: UnitCost) -> UnitCost:
    """The cost with amounts to the centime. Raises `Invalid` for an absurd amount, sum or day."""
    purchase = checked_amount(cost.purchase_amount, field="amount", highest=HIGHEST_COST)
    landed = checked_amount(cost.landed_amount, field="landed_amount", highest=HIGHEST_COST)
    checked_amount(purchase + landed, field="amount", highest=HIGHEST_COST)
    return UnitCost(cost.variant_id, purchase, landed, checked_day(cost.valid_from_on, field="valid_from_on"))


def costs_of_days(keys: Collection[tuple[int, date]]) -> dict[tuple[int, date], ProductCost]:
    """(variant id, first day) → the cost written down for just that day. One query."""
    rows = ProductCost.objects.filter(
        variant_id__in={pk for pk, _day in keys}, valid_from_on__in={day for _pk, day in keys}
    )
    return {(row.variant_id, row.valid_from_on): row for row in rows}


def _parts_of(cost: ProductCost | UnitCost | None) -> tuple[Decimal, Decimal] | None:
    return None if cost is None else (cost.purchase_amount, cost.landed_amount)


def _facts(variant: Variant, old: ProductCost | None, new: UnitCost | None) -> dict[str, Any]:
    """For the audit: both parts and their sum, from what to what."""

    def texts(cost: ProductCost | UnitCost | None) -> list[str | None]:
        if cost is None:
            return [None, None, None]
        return [str(cost.purchase_amount + cost.landed_amount), str(cost.purchase_amount), str(cost.landed_amount)]

    day = new.valid_from_on if new else old.valid_from_on if old else None
    changes = zip(("amount", *PARTS), texts(old), texts(new), strict=True)
    return {
        "sku": variant.sku,
        **{name: [before, after] for name, before, after in changes if before != after},
        "valid_from_on": day and day.isoformat(),
    }


def set_carrier_fee(
    *,
    actor: Actor,
    carrier_id: int,
    delivered_amount: Decimal,
    returned_amount: Decimal,
    valid_from_on: date,
) -> CarrierFee:
    """Say what a carrier charges for a delivered and for a returned parcel from a day on, MAD.

    A second fee for the same day replaces the first. Locks the carrier. Raises `Invalid`, `NotFound`.
    """
    actor.require(Perm.FINANCE_EDIT)
    day = checked_day(valid_from_on, field="valid_from_on")
    amounts = {
        "delivered_amount": checked_amount(delivered_amount, field="delivered_amount", highest=HIGHEST_FEE),
        "returned_amount": checked_amount(returned_amount, field="returned_amount", highest=HIGHEST_FEE),
    }
    with unit_of_work():
        carrier = lock_carrier(carrier_id)
        fee = CarrierFee.objects.filter(carrier=carrier, valid_from_on=day).first()
        changes = {
            name: [str(getattr(fee, name)) if fee else None, str(amount)]
            for name, amount in amounts.items()
            if fee is None or getattr(fee, name) != amount
        }
        fee = fee or CarrierFee(carrier=carrier, valid_from_on=day)
        for name, amount in amounts.items():
            setattr(fee, name, amount)
        if changes:
            fee.save()
            record(
                actor=actor,
                name="finance.fee_set",
                subject="finance.carrier_fee",
                subject_id=carrier.pk,
                changes={"carrier": carrier.name, **changes, "valid_from_on": day.isoformat()},
            )
    return fee
