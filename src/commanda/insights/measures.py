"""The sums that every KPI is made of: where each is counted, on which rows, and at which instant it happened.

A measure is additive over days, agents, cities …; over products, orders with two products count for both, while
amounts are shared out by the lines' totals, to the centime, so that the products' shares add up to the whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from commanda.finance.cost_sql import FEE_PERIODS, valid_on

# An order that turned out to be another one a second time is no lead (`domain.md`).
_NO_DUPLICATE: Final = "o.state_id NOT IN (SELECT id FROM orders_state WHERE slug = 'duplicate')"


class Dimension(StrEnum):
    """What figures may be grouped and filtered by."""

    DAY = "day"
    PRODUCT = "product"
    AGENT = "agent"
    PLATFORM = "platform"
    CITY = "city"
    STATE = "state"
    VARIANT = "variant"


def day_of(instant: str) -> str:
    """The Moroccan day of an instant, as SQL."""
    return f"({instant} AT TIME ZONE 'Africa/Casablanca')::date"


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Rows to sum over. `o` is the order in every source that has one.

    `stamp`: the instant (or, `is_dated`, the day) at which a row of it happened. `keys`: the expression for each
    dimension but day and, where `o` exists, product. `own`: the condition of a row being the actor's own.
    """

    slug: str
    rows: str
    stamp: str
    keys: Mapping[Dimension, str]
    where: str = "true"
    own: str = "false"
    with_sql: str = ""
    is_dated: bool = False


_ORDER_KEYS: Final = {
    Dimension.AGENT: "o.assignee_id",
    Dimension.PLATFORM: "o.platform",
    Dimension.CITY: "o.city_id",
    Dimension.STATE: "o.state_id",
}
_OWN_ORDER: Final = "(o.assignee_id = %(me)s OR (o.assignee_id IS NULL AND o.created_by_id = %(me)s))"

# Orders of a product and platform on which the actor spent in the period: what a buyer's money may have brought.
ADVERTISED: Final = """EXISTS (
    SELECT 1 FROM orders_orderline AS line JOIN catalog_variant AS variant ON variant.id = line.variant_id
    WHERE line.order_id = o.id AND (variant.product_id, o.platform) IN (
        SELECT mine.product_id, platform.slug
        FROM ads_adspend AS mine JOIN ads_platform AS platform ON platform.id = mine.platform_id
        WHERE mine.buyer_id = %(me)s AND mine.mad_amount > 0 AND mine.spent_on BETWEEN %(first)s AND %(last)s))"""

ORDERS: Final = Source(
    "orders",
    rows="orders_order AS o",
    stamp="o.created_at",
    keys=_ORDER_KEYS,
    where=f"o.stage <> 'draft' AND {_NO_DUPLICATE}",
    own=_OWN_ORDER,
)
VALUES: Final = Source(
    "values", rows=ORDERS.rows, stamp=ORDERS.stamp, keys=ORDERS.keys, where=ORDERS.where, own=ORDERS.own
)
SALES: Final = Source(
    "sales",
    rows="orders_order AS o",
    stamp="o.delivered_at",
    keys=_ORDER_KEYS,
    where="o.stage = 'delivered'",
    own=_OWN_ORDER,
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
PARCELS: Final = Source(
    "parcels",
    rows=f"""shipping_parcel AS parcel
        JOIN orders_order AS o ON o.id = parcel.order_id
        JOIN fee_period AS fee
            ON fee.carrier_id = parcel.carrier_id AND {valid_on("fee", day_of("parcel.closed_at"))}""",
    stamp="parcel.closed_at",
    keys=_ORDER_KEYS,
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
    keys={Dimension.PRODUCT: "spend.product_id", Dimension.PLATFORM: "platform.slug"},
    own="spend.buyer_id = %(me)s",
    is_dated=True,
)
EXPENSES: Final = Source(
    "expenses",
    rows="finance_expense AS expense",
    stamp="expense.spent_on",
    keys={Dimension.PRODUCT: "expense.product_id"},
    where="NOT expense.is_void",
    is_dated=True,
)


@dataclass(frozen=True, slots=True)
class Measure:
    """One sum. `count` is an aggregate; `amount` a value per row, summed, and shared out by product.

    `stamp` is the instant it happened where that is not the source's own.
    """

    slug: str
    source: Source
    count: str = ""
    amount: str = ""
    stamp: str = field(default="")

    @property
    def happened(self) -> str:
        return self.stamp or self.source.stamp


def _orders_that(slug: str, condition: str, stamp: str) -> Measure:
    return Measure(slug, ORDERS, count=f"count(*) FILTER (WHERE {condition})", stamp=stamp)


# Somebody reached the client, or decided about the order without: confirmed or cancelled it.
_CONTACT: Final = "LEAST(o.contacted_at, o.confirmed_at, o.cancelled_at)"
_END: Final = "COALESCE(o.delivered_at, o.returned_at, o.cancelled_at)"
_IS_DELIVERED: Final = "o.stage = 'delivered'"
# The first order that this client ever kept.
_IS_FIRST: Final = """o.stage = 'delivered' AND NOT EXISTS (
    SELECT 1 FROM orders_order AS earlier
    WHERE earlier.customer_id = o.customer_id AND earlier.stage = 'delivered'
      AND (earlier.delivered_at, earlier.id) < (o.delivered_at, o.id))"""

_ALL: Final = (
    Measure("leads", ORDERS, count="count(*)"),
    _orders_that("contacted", f"{_CONTACT} IS NOT NULL", _CONTACT),
    _orders_that("confirmed", "o.confirmed_at IS NOT NULL", "o.confirmed_at"),
    _orders_that("shipped", "o.shipped_at IS NOT NULL", "o.shipped_at"),
    _orders_that("delivered", _IS_DELIVERED, "o.delivered_at"),
    _orders_that("returned", "o.stage = 'returned'", "o.returned_at"),
    _orders_that("cancelled", "o.stage = 'cancelled'", "o.cancelled_at"),
    _orders_that("ended", f"{_END} IS NOT NULL", _END),
    _orders_that("first_orders", _IS_FIRST, "o.delivered_at"),
    _orders_that("promised", f"{_IS_DELIVERED} AND o.promised_on IS NOT NULL", "o.delivered_at"),
    _orders_that("on_time", f"{_IS_DELIVERED} AND {day_of('o.delivered_at')} <= o.promised_on", "o.delivered_at"),
    Measure(
        "lead_seconds",
        ORDERS,
        count=f"sum(extract(epoch FROM o.delivered_at - o.created_at)) FILTER (WHERE {_IS_DELIVERED})",
        stamp="o.delivered_at",
    ),
    Measure("lead_value", VALUES, amount="o.total_amount"),
    Measure(
        "confirmed_value",
        VALUES,
        amount="CASE WHEN o.confirmed_at IS NOT NULL THEN o.total_amount ELSE 0 END",
        stamp="o.confirmed_at",
    ),
    Measure("revenue", SALES, amount="o.total_amount"),
    Measure("cogs", GOODS, amount="line_cost.amount"),
    Measure("sold_units", GOODS, amount="sold.quantity"),
    Measure("uncosted_units", GOODS, amount="sold.quantity * (NOT line_cost.is_known)::int"),
    Measure("calls", CALLS, count="count(*)"),
    Measure("answered", CALLS, count="count(*) FILTER (WHERE call.is_answered)"),
    Measure("called_orders", CALLS, count="count(DISTINCT call.order_id)"),
    Measure(
        "shipping_cost",
        PARCELS,
        amount="CASE parcel.status WHEN 'delivered' THEN fee.delivered_amount ELSE fee.returned_amount END",
    ),
    Measure("commission", COMMISSIONS, amount="entry.amount"),
    Measure("ad_spend", SPEND, amount="spend.mad_amount"),
    Measure("expenses", EXPENSES, amount="expense.amount"),
)
MEASURES: Final = {measure.slug: measure for measure in _ALL}
