"""Reads of money. What the actor may not see is not there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q

from commanda.accounts.permissions import Perm
from commanda.finance.models import CarrierFee
from commanda.kernel.actor import Actor
from commanda.kernel.clock import today
from commanda.shipping.models import Carrier


@dataclass(frozen=True, slots=True)
class CarrierFees:
    """A carrier with its fees, the newest first; `current` is valid today, `planned` begin later."""

    carrier: Carrier
    fees: Sequence[CarrierFee]
    current: CarrierFee | None
    planned: Sequence[CarrierFee]


def carrier_fees(actor: Actor) -> list[CarrierFees]:
    """Every carrier with its fees, by name. Two queries."""
    if not actor.can(Perm.FINANCE_VIEW):
        return []
    day = today()
    by_carrier: dict[int, list[CarrierFee]] = {}
    for fee in CarrierFee.objects.visible_to(actor).order_by("carrier_id", "-valid_from_on"):
        by_carrier.setdefault(fee.carrier_id, []).append(fee)
    found = []
    for carrier in Carrier.objects.filter(Q(is_active=True) | Q(pk__in=by_carrier)).order_by("name"):
        fees = by_carrier.get(carrier.pk, [])
        valid = [fee for fee in fees if fee.valid_from_on <= day]
        found.append(CarrierFees(carrier, fees, valid[0] if valid else None, fees[: len(fees) - len(valid)]))
    return found


def months_back(day: date, months: int) -> list[date]:
    """First days of the month of `day` and of the months before it, the latest first."""
    firsts = [day.replace(day=1)]
    while len(firsts) < months:
        firsts.append((firsts[-1] - timedelta(days=1)).replace(day=1))
    return firsts
