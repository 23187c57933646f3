"""The sums that every KPI is made of: where each is counted, on which rows, and at which instant it happened.

A measure is additive over days, agents, cities …; over products, orders with two products count for both, while
amounts are shared out by the lines' totals, to the centime, so that the products' shares add up to the whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from commanda.finance.cost_sql import FEE_PERIODS, valid_on
from commanda.finance.expense_sql import EXPENSE_DAYS

# An order that turned out to be another one a second time is no lead (`domain.md`).
_NO_DUPLICATE: Final = "o.state_id NOT IN (SELECT id FROM orders_state WHERE slug = 'duplicate')"


class Dimension(StrEnum):
    """What figures may be grouped and filtered by."""

    DAY = "day"
    WEEKDAY = "weekday"
    HOUR = "hour"
    PRODUCT = "product"
    VARIANT = "variant"
    AGENT = "agent"
    PLATFORM = "platform"
    CAMPAIGN = "campaign"
    CITY = "city"
    CARRIER = "carrier"
    CHANNEL = "channel"
    STORE = "store"
    SOURCE = "source"
    STATE = "state"
    REASON = "reason"


def day_of(instant: str) -> str:
    """The Moroccan day of an instant, as SQL."""
    return f"({instant} AT TIME ZONE 'Africa/Casablanca')::date"


def weekday_of(day: str) -> str:
    """The day of the week of a day, 0 for Monday, as SQL."""
    return f"(extract(isodow FROM {day})::int - 1)"


def hour_of(instant: str) -> str:
    """The hour of the Moroccan day, 0 to 23, as SQL."""
    return f"extract(hour FROM {instant} AT TIME ZONE 'Africa/Casablanca')::int"


# What an order calls its campaign, as `ads.CampaignAlias` has it.
CAMPAIGN_TEXT: Final = "lower(btrim(left(o.campaign, 100)))"


def campaign_of(platform: str, text: str) -> str:
    """The id of the campaign that a platform knows by this text, as SQL; null for none that is known."""
    return (
        "(SELECT alias.campaign_id FROM ads_campaignalias AS alias "  # noqa: S608 - own names
        f"WHERE alias.platform = {platform} AND alias.text = {text})"
    )


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Rows to sum over. `o` is the order in every source that has one.

    `stamp`: the instant (or, `is_dated`, the day) at which a row of it happened. `keys`: the expression for each
    dimension but day, weekday, hour and, where `o` exists, product. `own`: the condition of a row being the actor's
    own; `own_unassigned`: the part of it that is not said by the agent's key. `row`: what tells its rows apart.
    """

    slug: str
    rows: str
    stamp: str
    keys: Mapping[Dimension, str]
    where: str = "true"
    own: str = "false"
    own_unassigned: str = ""
    with_sql: str = ""
    row: str = "o.id"
    is_dated: bool = False


_ORDER_KEYS: Final = {
    Dimension.AGENT: "o.assignee_id",
    Dimension.PLATFORM: "o.platform",
    Dimension.CAMPAIGN: campaign_of("o.platform", CAMPAIGN_TEXT),
    Dimension.CITY: "o.city_id",
    Dimension.CARRIER: "(SELECT p.carrier_id FROM shipping_parcel AS p WHERE p.order_id = o.id AND p.is_current)",
    Dimension.CHANNEL: "o.channel",
    Dimension.STORE: "o.store_id",
    Dimension.SOURCE: "(SELECT min(r.source_id) FROM intake_stagedrow AS r WHERE r.order_id = o.id)",
    Dimension.STATE: "o.state_id",
    Dimension.REASON: "o.reason_id",
}
_UNASSIGNED: Final = "(o.assignee_id IS NULL AND o.created_by_id = %(me)s)"
_OWN_ORDER: Final = f"(o.assignee_id = %(me)s OR {_UNASSIGNED})"

# Products and platforms on which the actor spent in the period: what a buyer's money may have brought.
_SPENT_ON: Final = """(
    SELECT mine.product_id, platform.slug
    FROM ads_adspend AS mine JOIN ads_platform AS platform ON platform.id = mine.platform_id
    WHERE mine.buyer_id = %(me)s AND mine.mad_amount > 0 AND mine.spent_on BETWEEN %(first)s AND %(last)s)"""


def spent_on(product: str, platform: str) -> str:
    """The condition that the actor spent on this product and platform. As a value (`IS TRUE`) it is looked up in a
    hash table; as a join, the planner may go through all of them for each row."""
    return f"(({product}, {platform}) IN {_SPENT_ON}) IS TRUE"


# Of the products of orders (`share`) those: an order with two of them counts for both.
ADVERTISED: Final = spent_on("share.product_id", "o.platform")

ORDERS: Final = Source(
    "orders",
    rows="orders_order AS o",
    stamp="o.created_at",
    keys=_ORDER_KEYS,
    where=f"o.stage <> 'draft' AND {_NO_DUPLICATE}",
    own=_OWN_ORDER,
    own_unassigned=_UNASSIGNED,
)
VALUES: Final = replace(ORDERS, slug="values")
SALES: Final = Source(
    "sales",
    rows="orders_order AS o",
    stamp="o.delivered_at",
    keys=_ORDER_KEYS,
    where="o.stage = 'delivered'",
    own=_OWN_ORDER,
    own_unassigned=_UNASSIGNED,
)
GOODS: Final = Source(
    "goods",
    rows="orders_order AS o",
    stamp="o.delivered_at",
    keys={**_ORDER_KEYS, Dimension.VARIANT: "line.variant_id"},
    where="o.stage = 'delivered'",
)
CALLS: Final = Source(
    "calls",
    rows="confirmation_call AS call JOIN orders_order AS o ON o.id = call.order_id",
    stamp="call.called_at",
    keys={**_ORDER_KEYS, Dimension.AGENT: "call.agent_id"},
    where="call.medium = 'phone' AND call.undone_at IS NULL",
    own="call.agent_id = %(me)s",
)
# The fee that holds for a parcel: what its carrier charged on the day on which it was closed.
FEE_HOLDS: Final = f"fee.carrier_id = parcel.carrier_id AND {valid_on('fee', day_of('parcel.closed_at'))}"
PARCELS: Final = Source(
    "parcels",
    rows=f"""shipping_parcel AS parcel JOIN orders_order AS o ON o.id = parcel.order_id
        JOIN fee_period AS fee ON {FEE_HOLDS}""",
    stamp="parcel.closed_at",
    keys={**_ORDER_KEYS, Dimension.CARRIER: "parcel.carrier_id"},
    where="parcel.status IN ('delivered', 'returned')",
    with_sql=f"WITH fee_period AS ({FEE_PERIODS})",
)
COMMISSIONS: Final = Source(
    "commissions",
    rows="finance_commissionentry AS entry JOIN orders_order AS o ON o.id = entry.order_id",
    stamp="entry.made_at",
    keys={**_ORDER_KEYS, Dimension.AGENT: "entry.agent_id"},
    own="entry.agent_id = %(me)s",
)
SPEND: Final = Source(
    "spend",
    rows="ads_adspend AS spend JOIN ads_platform AS platform ON platform.id = spend.platform_id",
    stamp="spend.spent_on",
    keys={
        Dimension.PRODUCT: "spend.product_id",
        Dimension.PLATFORM: "platform.slug",
        Dimension.CAMPAIGN: "spend.campaign_id",
    },
    own="spend.buyer_id = %(me)s",
    row="spend.id",
    is_dated=True,
)
EXPENSES: Final = Source(
    "expenses",
    rows=f"({EXPENSE_DAYS}) AS expense",
    stamp="expense.day",
    keys={Dimension.PRODUCT: "expense.product_id"},
    row="expense.expense_id",
    is_dated=True,
)


# What an agent earned by a whole month is no order's.
BONUSES: Final = Source(
    "bonuses",
    rows="finance_commissionentry AS entry",
    stamp=day_of("entry.made_at"),
    keys={Dimension.PRODUCT: "NULL::bigint", Dimension.AGENT: "entry.agent_id"},
    where="entry.order_id IS NULL",
    own="entry.agent_id = %(me)s",
    row="entry.id",
    is_dated=True,
)


@dataclass(frozen=True, slots=True)
class Measure:
    """One sum: of `value` over the rows for which `condition` holds.

    `is_shared`: an order's value is shared out among its products; otherwise each of them has the whole.
    `is_distinct`: what is counted is how many different values there are. `stamp`: when it happened, where that is
    not the source's own.
    """

    slug: str
    source: Source
    value: str = "1"
    condition: str = "true"
    stamp: str = ""
    is_shared: bool = False
    is_distinct: bool = False

    @property
    def happened(self) -> str:
        return self.stamp or self.source.stamp


def _orders_that(slug: str, condition: str, stamp: str, value: str = "1") -> Measure:
    return Measure(slug, ORDERS, value, condition, stamp)


def _amount(slug: str, source: Source, value: str, condition: str = "true", stamp: str = "") -> Measure:
    return Measure(slug, source, value, condition, stamp, is_shared=True)


# Somebody reached the client, or decided about the order without: confirmed or cancelled it.
_CONTACT: Final = "LEAST(o.contacted_at, o.confirmed_at, o.cancelled_at)"
_IS_DELIVERED: Final = "o.stage = 'delivered'"
_FIRST_CONTACT: Final = "LEAST(o.contacted_at, o.confirmed_at)"
# The first order that this client ever kept.
IS_FIRST: Final = """o.stage = 'delivered' AND NOT EXISTS (
    SELECT 1 FROM orders_order AS earlier
    WHERE earlier.customer_id = o.customer_id AND earlier.stage = 'delivered'
      AND (earlier.delivered_at, earlier.id) < (o.delivered_at, o.id))"""


def _way(slug: str, begins: str, ends: str) -> tuple[Measure, Measure]:
    """Of delivered orders that have both instants: the seconds from one to the other, and how many they are."""
    condition = f"{_IS_DELIVERED} AND {begins} IS NOT NULL AND {ends} IS NOT NULL"
    seconds = f"extract(epoch FROM {ends} - {begins})"
    return (
        _orders_that(f"{slug}_seconds", condition, "o.delivered_at", seconds),
        _orders_that(f"{slug}_orders", condition, "o.delivered_at"),
    )


_ALL: Final = (
    Measure("leads", ORDERS),
    _orders_that("contacted", f"{_CONTACT} IS NOT NULL", _CONTACT),
    _orders_that("confirmed", "o.confirmed_at IS NOT NULL", "o.confirmed_at"),
    _orders_that("shipped", "o.shipped_at IS NOT NULL", "o.shipped_at"),
    _orders_that("delivered", _IS_DELIVERED, "o.delivered_at"),
    _orders_that("returned", "o.stage = 'returned'", "o.returned_at"),
    _orders_that("cancelled", "o.stage = 'cancelled'", "o.cancelled_at"),
    _orders_that("first_orders", IS_FIRST, "o.delivered_at"),
    _orders_that("promised", f"{_IS_DELIVERED} AND o.promised_on IS NOT NULL", "o.delivered_at"),
    _orders_that("on_time", f"{_IS_DELIVERED} AND {day_of('o.delivered_at')} <= o.promised_on", "o.delivered_at"),
    _orders_that("lead_seconds", _IS_DELIVERED, "o.delivered_at", "extract(epoch FROM o.delivered_at - o.created_at)"),
    *_way("contacting", "o.created_at", _FIRST_CONTACT),
    *_way("confirming", _FIRST_CONTACT, "o.confirmed_at"),
    *_way("packing", "o.confirmed_at", "o.shipped_at"),
    *_way("carrying", "o.shipped_at", "o.delivered_at"),
    _amount("lead_value", VALUES, "o.total_amount"),
    _amount("confirmed_value", VALUES, "o.total_amount", "o.confirmed_at IS NOT NULL", "o.confirmed_at"),
    _amount("revenue", SALES, "o.total_amount"),
    Measure("cogs", GOODS, "line_cost.amount"),
    Measure("sold_units", GOODS, "sold.quantity"),
    Measure("uncosted_units", GOODS, "sold.quantity", "NOT line_cost.is_known"),
    Measure("calls", CALLS),
    Measure("answered", CALLS, condition="call.is_answered"),
    Measure("called_orders", CALLS, "call.order_id", is_distinct=True),
    _amount(
        "shipping_cost",
        PARCELS,
        "CASE parcel.status WHEN 'delivered' THEN fee.delivered_amount ELSE fee.returned_amount END",
    ),
    _amount("commission", COMMISSIONS, "entry.amount"),
    _amount("ad_spend", SPEND, "spend.mad_amount"),
    _amount("expenses", EXPENSES, "expense.amount", "expense.share IS DISTINCT FROM 'orders'"),
    _amount("expenses_by_orders", EXPENSES, "expense.amount", "expense.share = 'orders'"),
    _amount("bonus", BONUSES, "entry.amount"),
)
MEASURES: Final = {measure.slug: measure for measure in _ALL}
