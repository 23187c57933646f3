"""What goods and deliveries cost us, from a day on."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from commanda.accounts.permissions import Perm
from commanda.audit.services import record, record_many
from commanda.finance.locks import lock_carrier, lock_variants
from commanda.finance.models import CarrierFee, ProductCost
from commanda.finance.services.checks import checked_amount, checked_day
from commanda.kernel.actor import Actor
from commanda.kernel.transaction import unit_of_work

HIGHEST_COST = 1_000_000
HIGHEST_FEE = 10_000


def set_product_cost(*, actor: Actor, variant_id: int, amount: Decimal, valid_from_on: date) -> ProductCost:
    """Say what one unit of a variant costs from a day on, MAD; see `set_product_costs`."""
    return set_product_costs(actor=actor, amounts={variant_id: amount}, valid_from_on=valid_from_on)[0]


def set_product_costs(*, actor: Actor, amounts: Mapping[int, Decimal], valid_from_on: date) -> list[ProductCost]:
    """Say what units cost from a day on, MAD by variant id; all or none, in the order of the ids.

    A second cost for the same day replaces the first; earlier and later ones stay. Profit of deliveries from
    that day on changes with it. Locks the variants. Raises `Invalid` for an absurd amount or day, `NotFound`.
    """
    actor.require(Perm.FINANCE_EDIT)
    day = checked_day(valid_from_on, field="valid_from_on")
    checked = {pk: checked_amount(amounts[pk], field="amount", highest=HIGHEST_COST) for pk in sorted(amounts)}
    with unit_of_work():
        variants = lock_variants(actor, checked)
        same_day = ProductCost.objects.filter(variant_id__in=checked, valid_from_on=day)
        before = dict(same_day.values_list("variant_id", "amount"))
        changed = {pk: amount for pk, amount in checked.items() if before.get(pk) != amount}
        ProductCost.objects.bulk_create(
            [ProductCost(variant_id=pk, amount=amount, valid_from_on=day) for pk, amount in changed.items()],
            update_conflicts=True,
            unique_fields=["variant", "valid_from_on"],
            update_fields=["amount"],
        )
        record_many(
            actor=actor,
            name="finance.cost_set",
            subject="finance.product_cost",
            entries=[
                (
                    pk,
                    {
                        "sku": variants[pk].sku,
                        "amount": [str(before[pk]) if pk in before else None, str(amount)],
                        "valid_from_on": day.isoformat(),
                    },
                )
                for pk, amount in changed.items()
            ],
        )
        rows = ProductCost.objects.filter(variant_id__in=checked, valid_from_on=day)
        return list(rows.order_by("variant_id"))


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
