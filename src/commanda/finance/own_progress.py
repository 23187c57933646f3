"""How far an agent is from the next tier of the month: tiers reached and next, nothing else of the plan."""

from dataclasses import dataclass
from decimal import Decimal

from commanda.accounts.permissions import Perm
from commanda.finance.bonus import Bonus, Numbers, bonus_of, next_tier, numbers_of
from commanda.finance.models import CommissionPlan, CommissionTier
from commanda.finance.months import month_of
from commanda.kernel.actor import Actor
from commanda.kernel.clock import today


@dataclass(frozen=True, slots=True)
class Progress:
    """The actor's numbers of this month, the bonus they come to now, and the next tier (None: none is left)."""

    numbers: Numbers
    bonus: Bonus | None
    tier: CommissionTier | None

    @property
    def orders_left(self) -> int:
        """Deliveries that the next tier still wants."""
        return max(self.tier.delivered_qty - self.numbers.delivered, 0) if self.tier else 0

    @property
    def rates_left(self) -> list[tuple[str, Decimal | None, Decimal]]:
        """Rates that the next tier asks: which one, the present one, the wanted one."""
        if self.tier is None:
            return []
        rates = (
            ("delivery", self.numbers.delivery_rate, self.tier.delivery_rate),
            ("confirmation", self.numbers.confirmation_rate, self.tier.confirmation_rate),
        )
        return [(name, present, wanted) for name, present, wanted in rates if wanted is not None]


def own_progress(actor: Actor) -> Progress | None:
    """Where the actor stands this month; None without the right, or when the plan has no tiers. Three queries."""
    if actor.user_id is None or not actor.can(Perm.COMMISSION_VIEW_OWN):
        return None
    plan = CommissionPlan.objects.filter(valid_from_on__lte=today()).prefetch_related("tiers").first()
    tiers = list(plan.tiers.all()) if plan else []
    if not tiers:
        return None
    numbers = numbers_of(month_of(today()), agent_id=actor.user_id).get(actor.user_id, Numbers())
    return Progress(numbers, bonus_of(tiers, numbers), next_tier(tiers, numbers))
