"""What ads may cost, worked out from the books: buyers see these targets, never the costs behind them."""

from decimal import Decimal
from typing import Final

from commanda.accounts.permissions import Perm
from commanda.ads.models import SpendTarget
from commanda.ads.services.targets import set_target
from commanda.insights.compute import Figures, grouped
from commanda.insights.measures import Dimension
from commanda.insights.periods import last_days
from commanda.kernel.actor import Actor
from commanda.kernel.clock import today
from commanda.kernel.money import quantize
from commanda.kernel.transaction import unit_of_work

DAYS: Final = 30
# Of fewer deliveries nothing can be said.
LEAST_DELIVERED: Final = 10
LEAST_AMOUNT: Final = Decimal("0.01")
COSTS: Final = ("cogs", "shipping_cost", "commission")


def derive_targets(*, actor: Actor) -> int:
    """Set, from today, the targets of every product of which enough was delivered among the orders of the last 30 days.

    For a lead its break-even (`break_even_cpl`), for a delivered order what it leaves before ads, MAD. A product that
    loses money even without ads gets a centime. Returns how many products got theirs; all or none. Takes the rights to
    see and to edit finances.
    """
    actor.require(Perm.FINANCE_VIEW)
    actor.require(Perm.FINANCE_EDIT)
    kpis = ("break_even_cpl", "revenue", "delivered", *COSTS)
    rows = grouped(actor, last_days(DAYS), (Dimension.PRODUCT,), kpis=kpis)
    told = {
        product_id: row
        for (product_id,), row in rows.items()
        if product_id is not None and (row["delivered"] or 0) >= LEAST_DELIVERED
    }
    with unit_of_work():
        for product_id, row in sorted(told.items()):
            derived = {SpendTarget.Kind.LEAD: row["break_even_cpl"], SpendTarget.Kind.DELIVERED: _left(row)}
            for kind, amount in derived.items():
                set_target(
                    actor=actor,
                    product_id=product_id,
                    kind=kind,
                    amount=max(amount or LEAST_AMOUNT, LEAST_AMOUNT),
                    valid_from_on=today(),
                    is_derived=True,
                )
    return len(told)


def _left(row: Figures) -> Decimal:
    """What a delivered order leaves before ads, MAD."""
    costs = sum((row[slug] or Decimal(0) for slug in COSTS), Decimal(0))
    return quantize(((row["revenue"] or Decimal(0)) - costs) / (row["delivered"] or Decimal(1)))
