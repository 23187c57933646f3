"""The KPIs, one definition each (`domain.md`, "KPIs"): what it is made of, how it is written, who may see it.

Pages, exports, API and alerts all take theirs from here; `compute.py` only computes what `kpis_for` lets through.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.kernel.actor import Actor
from commanda.kernel.money import quantize
from commanda.kernel.visibility import FieldClass

Sums = Mapping[str, Decimal]
_RATIO_PLACES: Final = Decimal("0.000001")
_DAY_SECONDS: Final = 86_400


class Unit(StrEnum):
    """How a figure is written. Ratios are 0..1; a factor is "so many times"; days may have decimals."""

    COUNT = "count"
    MAD = "mad"
    RATIO = "ratio"
    FACTOR = "factor"
    DAYS = "days"


class View(StrEnum):
    """Whose rows are counted.

    ORDERS: the orders the actor may see. ADS: bare counts beside the ad spend that the actor may see; of all orders,
    or, for those who see only their own spend, of the products and platforms that they advertised in the period: then
    an order with two such products counts for both.
    """

    ORDERS = "orders"
    ADS = "ads"


class Audience(StrEnum):
    """Who may see a KPI; the rule for each stands in `_may_see`."""

    COUNTS = "counts"  # how many orders
    CALLS = "calls"
    AMOUNTS = "amounts"  # what clients pay
    ADS = "ads"  # ad spend and what it brings
    COMMISSION = "commission"  # everybody's for finance, otherwise one's own
    COST = "cost"  # costs and profit


@dataclass(frozen=True, slots=True)
class Kpi:
    """One figure. `formula` takes the sums named in `sums` and gives None where there is nothing to divide by."""

    slug: str
    label: Any
    unit: Unit
    audience: Audience
    sums: tuple[str, ...]
    formula: Callable[[Sums], Decimal | None]
    explanation: Any = ""
    good: str = "up"

    @property
    def is_sum(self) -> bool:
        """Nothing at all makes it zero, not unknown."""
        return self.formula(dict.fromkeys(self.sums, Decimal(0))) is not None

    @property
    def field_class(self) -> FieldClass:
        """How sensitive the figure is, in the words of the catalogue of fields."""
        return {
            Audience.COST: FieldClass.COST,
            Audience.COMMISSION: FieldClass.OWN_COMMISSION,
            Audience.ADS: FieldClass.AD_SPEND,
        }.get(self.audience, FieldClass.PUBLIC)


def ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    """`part ÷ whole` to six places; None when there is nothing to divide by."""
    return None if not whole else (part / whole).quantize(_RATIO_PLACES, rounding=ROUND_HALF_UP)


def per(amount: Decimal, count: Decimal) -> Decimal | None:
    """MAD for one, to the centime; None when there is none."""
    return None if not count else quantize(amount / count)


def _sum(slug: str, label: Any, audience: Audience, unit: Unit, explanation: Any = "", good: str = "up") -> Kpi:
    return Kpi(slug, label, unit, audience, (slug,), lambda sums: sums[slug], explanation, good)


def _all_of(sums: Sums, slugs: Iterable[str]) -> Decimal:
    return sum((sums[slug] for slug in slugs), Decimal(0))


def _total(slug: str, label: Any, audience: Audience, sums: tuple[str, ...], explanation: Any, good: str = "up") -> Kpi:
    return Kpi(slug, label, Unit.MAD, audience, sums, lambda s: _all_of(s, sums), explanation, good)


def _share(
    slug: str,
    label: Any,
    sums: tuple[str, str],
    explanation: Any,
    audience: Audience = Audience.COUNTS,
    good: str = "up",
) -> Kpi:
    part, whole = sums
    return Kpi(slug, label, Unit.RATIO, audience, sums, lambda s: ratio(s[part], s[whole]), explanation, good)


def _cost_per(slug: str, label: Any, count: str, explanation: Any) -> Kpi:
    sums = ("ad_spend", count)
    return Kpi(slug, label, Unit.MAD, Audience.ADS, sums, lambda s: per(s["ad_spend"], s[count]), explanation, "down")


_COMMISSION: Final = ("commission", "bonus")
_EXPENSES: Final = ("expenses", "expenses_by_orders")
_BEFORE_ADS: Final = ("revenue", "cogs", "shipping_cost", *_COMMISSION)


def _margin_before_ads(sums: Sums) -> Decimal:
    return sums["revenue"] - sums["cogs"] - sums["shipping_cost"] - _all_of(sums, _COMMISSION)


def _profit(sums: Sums) -> Decimal:
    return _margin_before_ads(sums) - sums["ad_spend"] - _all_of(sums, _EXPENSES)


def _break_even(sums: Sums) -> Decimal | None:
    if not (sums["delivered"] and sums["contacted"] and sums["shipped"]):
        return None
    rates = (sums["confirmed"] / sums["contacted"]) * (sums["delivered"] / sums["shipped"])
    return quantize(_margin_before_ads(sums) / sums["delivered"] * rates)


def _lead_time(sums: Sums) -> Decimal | None:
    return None if not sums["delivered"] else ratio(sums["lead_seconds"], sums["delivered"] * _DAY_SECONDS)


_COUNT, _MAD = Unit.COUNT, Unit.MAD
_COUNTS, _CALLS, _AMOUNTS = Audience.COUNTS, Audience.CALLS, Audience.AMOUNTS
_ADS, _COST = Audience.ADS, Audience.COST

_ALL: Final = (
    _sum("leads", _("Leads"), _COUNTS, _COUNT, _("Orders that came in, without drafts and duplicates.")),
    _sum("contacted", _("Contacted"), _COUNTS, _COUNT, _("Somebody called or wrote, or decided about the order.")),
    _sum("confirmed", _("Confirmed"), _COUNTS, _COUNT, _("Orders that were ever confirmed.")),
    _sum("shipped", _("Shipped"), _COUNTS, _COUNT, _("Orders that were ever handed to a carrier.")),
    _sum("delivered", _("Delivered"), _COUNTS, _COUNT, _("Orders the client took and paid.")),
    _sum("returned", _("Returned"), _COUNTS, _COUNT, _("Orders that came back."), good="down"),
    _sum("cancelled", _("Cancelled"), _COUNTS, _COUNT, _("Orders that were cancelled."), good="down"),
    _share("confirmation_rate", _("Confirmation rate"), ("confirmed", "contacted"), _("Confirmed ÷ contacted")),
    _share("delivery_rate", _("Delivery rate"), ("delivered", "shipped"), _("Delivered ÷ ever shipped")),
    _share("return_rate", _("Return rate"), ("returned", "shipped"), _("Returned ÷ ever shipped"), good="down"),
    Kpi(
        "completion_rate",
        _("Completion rate"),
        Unit.RATIO,
        _COUNTS,
        ("delivered", "returned", "cancelled", "leads"),
        lambda sums: ratio(sums["delivered"] + sums["returned"] + sums["cancelled"], sums["leads"]),
        _("Delivered, returned or cancelled ÷ orders"),
    ),
    _share("on_time_rate", _("On-time rate"), ("on_time", "promised"), _("Delivered by the promised day ÷ promised")),
    Kpi(
        "lead_time",
        _("Lead time"),
        Unit.DAYS,
        _COUNTS,
        ("lead_seconds", "delivered"),
        _lead_time,
        _("Days from the order to its delivery, on average."),
        "down",
    ),
    _sum("calls", _("Calls"), _CALLS, _COUNT, _("Phone calls that were logged.")),
    _share("response_rate", _("Response rate"), ("answered", "calls"), _("Answered calls ÷ calls"), _CALLS),
    Kpi(
        "calls_per_order",
        _("Calls per order"),
        Unit.FACTOR,
        _CALLS,
        ("calls", "called_orders"),
        lambda sums: ratio(sums["calls"], sums["called_orders"]),
        _("Calls ÷ orders with at least one call"),
        "down",
    ),
    _sum("lead_value", _("Value of leads"), _AMOUNTS, _MAD, _("Totals of all leads.")),
    _sum("confirmed_value", _("Value confirmed"), _AMOUNTS, _MAD, _("Totals of the orders ever confirmed.")),
    _sum("revenue", _("Revenue"), _AMOUNTS, _MAD, _("Lines − discounts + delivery charged, delivered orders.")),
    Kpi(
        "aov",
        _("Average order"),
        _MAD,
        _AMOUNTS,
        ("revenue", "delivered"),
        lambda sums: per(sums["revenue"], sums["delivered"]),
        _("Revenue ÷ delivered orders"),
    ),
    _sum("cogs", _("Cost of goods"), _COST, _MAD, _("Units × the cost valid on the day of delivery."), "down"),
    _sum("sold_units", _("Units sold"), _COST, _COUNT, _("Units in delivered orders.")),
    _sum("uncosted_units", _("Units without cost"), _COST, _COUNT, _("Delivered units whose cost is unknown."), "down"),
    _sum("shipping_cost", _("Delivery fees"), _COST, _MAD, _("What carriers charge, deliveries and returns."), "down"),
    _total(
        "expenses",
        _("Expenses"),
        _COST,
        _EXPENSES,
        _("Those for no product are shared out, by revenue or by delivered orders."),
        "down",
    ),
    _total("commission", _("Commissions"), Audience.COMMISSION, _COMMISSION, _("Earned − reversed, and bonuses.")),
    _sum("ad_spend", _("Ad spend"), _ADS, _MAD, _("Spend of the period, MAD at the rate of the day."), "down"),
    Kpi(
        "profit",
        _("Profit"),
        _MAD,
        _COST,
        (*_BEFORE_ADS, "ad_spend", *_EXPENSES),
        _profit,
        _("Revenue − goods − delivery fees − ads − commissions − expenses"),
    ),
    Kpi(
        "roas",
        _("ROAS"),
        Unit.FACTOR,
        _ADS,
        ("revenue", "ad_spend"),
        lambda sums: ratio(sums["revenue"], sums["ad_spend"]),
        _("Revenue ÷ ad spend"),
    ),
    _cost_per("cac", _("Cost per new client"), "first_orders", _("Ad spend ÷ first orders kept")),
    _cost_per("cost_per_lead", _("Cost per lead"), "leads", _("Ad spend ÷ leads")),
    _cost_per("cost_per_confirmed", _("Cost per confirmed"), "confirmed", _("Ad spend ÷ confirmed")),
    _cost_per("cost_per_delivered", _("Cost per delivered"), "delivered", _("Ad spend ÷ delivered")),
    Kpi(
        "break_even_cpl",
        _("Break-even cost per lead"),
        _MAD,
        _COST,
        (*_BEFORE_ADS, "delivered", "shipped", "confirmed", "contacted"),
        _break_even,
        _("Margin of a delivered order before ads × confirmation rate × delivery rate"),
    ),
)
KPIS: Final = {kpi.slug: kpi for kpi in _ALL}


def sees_all_orders(actor: Actor) -> bool:
    """Whether figures of orders cover everybody's; otherwise only the actor's own."""
    return any(actor.can(right) for right in (Perm.ORDERS_VIEW_ALL, Perm.INSIGHTS_TEAM, Perm.FINANCE_VIEW))


def sees_all_spend(actor: Actor) -> bool:
    """Whether figures of ads cover all buyers; otherwise only what the actor entered."""
    return actor.can(Perm.ADS_VIEW_ALL) or actor.can(Perm.FINANCE_VIEW)


def kpis_for(actor: Actor, view: View = View.ORDERS) -> Mapping[str, Kpi]:
    """The KPIs that the actor may see; the others do not exist for them."""
    return _kpis_with(actor.permissions, actor.is_system, view)


@lru_cache(maxsize=256)
def _kpis_with(rights: frozenset[str], is_system: bool, view: View) -> Mapping[str, Kpi]:
    """Asked a dozen times by a page; rights are the same for all people of a role."""
    actor = Actor(None, "", permissions=rights, is_system=is_system)
    return MappingProxyType({slug: kpi for slug, kpi in KPIS.items() if _may_see(actor, kpi.audience, view)})


def _may_see(actor: Actor, audience: Audience, view: View) -> bool:
    if view is View.ADS:
        runs_ads = actor.can(Perm.ADS_ENTER) or sees_all_spend(actor)
        return runs_ads and audience in {Audience.COUNTS, Audience.ADS}
    if audience is Audience.COST:
        return actor.can(Perm.FINANCE_VIEW)
    if audience is Audience.COMMISSION:
        return actor.can(Perm.FINANCE_VIEW) or actor.can(Perm.COMMISSION_VIEW_OWN)
    is_everywhere = sees_all_orders(actor)
    if audience is Audience.ADS:
        return is_everywhere and sees_all_spend(actor)
    if audience is Audience.CALLS:
        return actor.can(Perm.CALLS_VIEW) or is_everywhere
    if audience is Audience.AMOUNTS and is_everywhere:
        return actor.can(Perm.ORDERS_VIEW_ALL) or actor.can(Perm.FINANCE_VIEW)
    return is_everywhere or actor.can(Perm.ORDERS_VIEW)
