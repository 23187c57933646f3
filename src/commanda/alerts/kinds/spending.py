"""Who spent what on which product and platform lately: what several kinds of alerts about ads begin with."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from commanda.ads.models import AdSpend, Campaign
from commanda.alerts.kinds.base import Finding
from commanda.insights.periods import Period, last_days
from commanda.kernel.actor import system_actor


@dataclass(frozen=True, slots=True)
class Spent:
    """A buyer's spend on a product (None: not known yet) on a platform, MAD."""

    buyer_id: int
    product_id: int | None
    platform: str
    amount: Decimal

    @property
    def key(self) -> str:
        return f"{self.product_id or 0}:{self.platform}:{self.buyer_id}"

    @property
    def things(self) -> dict[str, int | str]:
        found: dict[str, int | str] = {"platform": self.platform, "buyer": self.buyer_id}
        return found if self.product_id is None else {"product": self.product_id, **found}

    def finding(self, limit: Decimal, days: int) -> Finding:
        """That so much was spent in the days; a matter of the buyer, open from the limit on."""
        return Finding(
            key=self.key,
            value=self.amount,
            limit=limit,
            opens=self.amount >= limit,
            things=self.things,
            owner_ids=(self.buyer_id,),
            extra={"days": str(days)},
        )


def span(days: int) -> Period:
    """Today and the days before it, `days` in all."""
    return last_days(max(days, 1))


def spent_in(period: Period) -> list[Spent]:
    """Every positive sum of the period by buyer, product and platform; one statement.

    What a person gave to no product on purpose is left out: nobody waits for it.
    """
    rows = (
        AdSpend.objects.visible_to(system_actor())
        .filter(spent_on__range=(period.first, period.last))
        .exclude(product=None, campaign__mapped_by=Campaign.MappedBy.HAND)
        .order_by()
        .values_list("buyer_id", "product_id", "platform__slug")
        .annotate(amount=Sum("mad_amount"))
        .filter(amount__gt=0)
    )
    return [Spent(*row) for row in rows]
