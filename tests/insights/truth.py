"""The KPIs once more, in plain Python over rows: none of the project's own definitions is used here.

Everything that happened becomes a fact: what it adds to which sum, on which day of which basis, and for whom.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from commanda.ads.models import AdSpend
from commanda.catalog.models import Variant
from commanda.confirmation.models import Call
from commanda.finance.models import CarrierFee, CommissionEntry, Expense, ProductCost
from commanda.orders.models import Order
from commanda.shipping.models import Parcel

ZONE = ZoneInfo("Africa/Casablanca")


COUNTS = ["leads", "contacted", "confirmed", "shipped", "delivered", "returned", "cancelled", "calls"]
AMOUNTS = [
    "lead_value",
    "confirmed_value",
    "revenue",
    "cogs",
    "uncosted_units",
    "shipping_cost",
    "expenses",
    "commission",
    "ad_spend",
    "sold_units",
]


def day(instant) -> date:
    return instant.astimezone(ZONE).date()


def centimes(value: Fraction) -> Decimal:
    """Halves away from zero."""
    sign = -1 if value < 0 else 1
    return sign * Decimal(int(abs(value) * 100 + Fraction(1, 2))) / 100


@dataclass
class Fact:
    slug: str
    value: Decimal
    cohort_on: date
    event_on: date
    tags: dict = field(default_factory=dict)
    once: int | None = None  # counted once for each of these
    order: int | None = None


class Rows:
    """Everything that is in the database, read once."""

    def __init__(self):
        self.orders = list(Order.objects.select_related("state"))
        self.lines = defaultdict(list)
        products = dict(Variant.objects.values_list("pk", "product_id"))
        for order in Order.objects.prefetch_related("lines__components"):
            for line in order.lines.all():
                self.lines[order.pk].append((line, products[line.variant_id]))
        self.costs = list(ProductCost.objects.all())
        self.fees = list(CarrierFee.objects.all())

    def cost(self, variant_id: int, on: date) -> Decimal | None:
        valid = [c for c in self.costs if c.variant_id == variant_id and c.valid_from_on <= on]
        return max(valid, key=lambda c: c.valid_from_on).amount if valid else None

    def line_cost(self, line, on: date) -> Decimal:
        own = self.cost(line.variant_id, on)
        if own is not None:
            return line.quantity * own
        parts = [part.quantity * (self.cost(part.variant_id, on) or 0) for part in line.components.all()]
        return line.quantity * sum(parts, Decimal(0))

    def is_costed(self, line, on: date) -> bool:
        if self.cost(line.variant_id, on) is not None:
            return True
        parts = line.components.all()
        return bool(parts) and all(self.cost(part.variant_id, on) is not None for part in parts)

    def fee(self, parcel) -> Decimal:
        on = day(parcel.closed_at)
        valid = [f for f in self.fees if f.carrier_id == parcel.carrier_id and f.valid_from_on <= on]
        if not valid:
            return Decimal(0)
        fee = max(valid, key=lambda f: f.valid_from_on)
        return fee.delivered_amount if parcel.status == "delivered" else fee.returned_amount

    def shares(self, order_id: int, amount: Decimal) -> dict[int, Decimal]:
        """The amount by product, shared by the lines' totals (by pieces when the order is free)."""
        lines = self.lines[order_id]
        weights = [line.total_amount for line, _product in lines]
        if not sum(weights):
            weights = [line.quantity for line, _product in lines]
        found, upto, given = defaultdict(Decimal), Fraction(0), Decimal(0)
        for (_line, product), weight in zip(lines, weights, strict=True):
            upto += Fraction(weight)
            reached = centimes(Fraction(amount) * upto / Fraction(sum(weights)))
            found[product] += reached - given
            given = reached
        return found


class Teller:
    """Tells facts; `by_product`: tagged with products, counts once for each product of the order."""

    def __init__(self, by_product: bool):
        self.by_product = by_product
        self.rows = Rows()
        self.tags = {
            order.pk: {
                "agent": order.assignee_id,
                "platform": order.platform,
                "city": order.city_id,
                "state": order.state_id,
            }
            for order in self.rows.orders
        }
        self.created = {order.pk: day(order.created_at) for order in self.rows.orders}

    def counted(self, slug, order, at, value=1, once=None, **more) -> Iterator[Fact]:
        products = {product for _line, product in self.rows.lines[order.pk]} if self.by_product else {None}
        for product in products:
            tags = {**self.tags[order.pk], "product": product, **more}
            yield Fact(slug, Decimal(value), self.created[order.pk], day(at), tags, once, order.pk)

    def paid(self, slug, order_id, at, amount, **more) -> Iterator[Fact]:
        shares = self.rows.shares(order_id, amount) if self.by_product else {None: amount}
        for product, part in shares.items():
            tags = {**self.tags[order_id], "product": product, **more}
            yield Fact(slug, part, self.created[order_id], day(at), tags, order=order_id)

    def of_orders(self) -> Iterator[Fact]:
        kept = sorted((o for o in self.rows.orders if o.stage == "delivered"), key=lambda o: (o.delivered_at, o.pk))
        firsts = {}
        for order in kept:
            firsts.setdefault(order.customer_id, order.pk)
        for order in self.rows.orders:
            if order.stage == "draft" or order.state.slug == "duplicate":
                continue
            yield from self.counted("leads", order, order.created_at)
            yield from self.paid("lead_value", order.pk, order.created_at, order.total_amount)
            if order.confirmed_at:
                yield from self.paid("confirmed_value", order.pk, order.confirmed_at, order.total_amount)
            contacts = [at for at in (order.contacted_at, order.confirmed_at, order.cancelled_at) if at]
            if contacts:
                yield from self.counted("contacted", order, min(contacts))
            for slug in ("confirmed", "shipped"):
                if at := getattr(order, f"{slug}_at"):
                    yield from self.counted(slug, order, at)
            if order.stage in ("delivered", "returned", "cancelled"):
                at = getattr(order, f"{order.stage}_at")
                yield from self.counted(order.stage, order, at)
                yield from self.counted("ended", order, at)
            if order.stage == "delivered":
                yield from self.of_delivery(order, order.delivered_at, firsts[order.customer_id] == order.pk)

    def of_delivery(self, order, at, is_first) -> Iterator[Fact]:
        yield from self.paid("revenue", order.pk, at, order.total_amount)
        yield from self.counted("lead_seconds", order, at, str((at - order.created_at).total_seconds()))
        if is_first:
            yield from self.counted("first_orders", order, at)
        if order.promised_on:
            yield from self.counted("promised", order, at)
            if day(at) <= order.promised_on:
                yield from self.counted("on_time", order, at)
        for line, product in self.rows.lines[order.pk]:
            tags = {**self.tags[order.pk], "product": product if self.by_product else None}
            created = self.created[order.pk]
            yield Fact("cogs", self.rows.line_cost(line, day(at)), created, day(at), tags)
            yield Fact("sold_units", Decimal(line.quantity), created, day(at), tags)
            if not self.rows.is_costed(line, day(at)):
                yield Fact("uncosted_units", Decimal(line.quantity), created, day(at), tags)

    def of_work(self) -> Iterator[Fact]:
        for call in Call.objects.filter(medium="phone").select_related("order"):
            order, at, agent = call.order, call.called_at, call.agent_id
            yield from self.counted("calls", order, at, agent=agent)
            yield from self.counted("called_orders", order, at, once=order.pk, agent=agent)
            if call.is_answered:
                yield from self.counted("answered", order, at, agent=agent)
        for parcel in Parcel.objects.filter(status__in=["delivered", "returned"]):
            yield from self.paid("shipping_cost", parcel.order_id, parcel.closed_at, self.rows.fee(parcel))
        for entry in CommissionEntry.objects.all():
            yield from self.paid("commission", entry.order_id, entry.made_at, entry.amount, agent=entry.agent_id)

    def of_days(self) -> Iterator[Fact]:
        for row in AdSpend.objects.select_related("platform"):
            tags = {"product": row.product_id, "platform": row.platform.slug, "buyer": row.buyer_id}
            yield Fact("ad_spend", row.mad_amount, row.spent_on, row.spent_on, tags)
        for row in Expense.objects.filter(is_void=False):
            yield Fact("expenses", row.amount, row.spent_on, row.spent_on, {"product": row.product_id})


def facts(by_product: bool) -> list[Fact]:
    """All facts."""
    teller = Teller(by_product)
    return [*teller.of_orders(), *teller.of_work(), *teller.of_days()]


def add_up(found, first: date, last: date, basis: str, by: tuple[str, ...] = (), **filters) -> dict:
    """Sums by key: {key: {slug: value}}."""
    sums, seen = defaultdict(lambda: defaultdict(Decimal)), set()
    for fact in found:
        on = fact.cohort_on if basis == "cohort" else fact.event_on
        if not first <= on <= last or any(fact.tags.get(name) != value for name, value in filters.items()):
            continue
        key = tuple(on if name == "day" else fact.tags.get(name) for name in by)
        if fact.once is not None:
            if (key, fact.slug, fact.once) in seen:
                continue
            seen.add((key, fact.slug, fact.once))
        sums[key][fact.slug] += fact.value
    return {key: dict(row) for key, row in sums.items()}


def share_general(sums: dict) -> None:
    """Expenses under product None go to the products by revenue."""
    general = sums.get((None,), {}).pop("expenses", Decimal(0))
    revenue = {key: Fraction(row.get("revenue", 0)) for key, row in sums.items() if key != (None,)}
    whole = sum(revenue.values())
    if whole <= 0:
        if general:
            sums.setdefault((None,), {})["expenses"] = general
        return
    exact = {key: Fraction(general) * value / whole for key, value in revenue.items()}
    for key, part in exact.items():
        sums[key]["shared"] = centimes(part)  # the project may differ by the centimes of rounding


def rate(part, whole, places="0.000001"):
    if not whole:
        return None
    exact = Fraction(part) / Fraction(whole)
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal(places), rounding=ROUND_HALF_UP)


def kpis(row: dict) -> dict:
    """Every KPI of `domain.md` out of the sums, written down a second time."""
    n = defaultdict(Decimal, row)
    margin = n["revenue"] - n["cogs"] - n["shipping_cost"] - n["commission"]
    can_break_even = n["delivered"] and n["contacted"] and n["shipped"]
    return {
        **{slug: n[slug] for slug in COUNTS + AMOUNTS},
        "confirmation_rate": rate(n["confirmed"], n["contacted"]),
        "delivery_rate": rate(n["delivered"], n["shipped"]),
        "return_rate": rate(n["returned"], n["shipped"]),
        "completion_rate": rate(n["ended"], n["leads"]),
        "on_time_rate": rate(n["on_time"], n["promised"]),
        "lead_time": rate(n["lead_seconds"], n["delivered"] * 86400),
        "response_rate": rate(n["answered"], n["calls"]),
        "calls_per_order": rate(n["calls"], n["called_orders"]),
        "aov": rate(n["revenue"], n["delivered"], "0.01"),
        "profit": margin - n["ad_spend"] - n["expenses"],
        "roas": rate(n["revenue"], n["ad_spend"]),
        "cac": rate(n["ad_spend"], n["first_orders"], "0.01"),
        "cost_per_lead": rate(n["ad_spend"], n["leads"], "0.01"),
        "cost_per_confirmed": rate(n["ad_spend"], n["confirmed"], "0.01"),
        "cost_per_delivered": rate(n["ad_spend"], n["delivered"], "0.01"),
        "break_even_cpl": (
            rate(margin * n["confirmed"] * n["delivered"], n["delivered"] * n["contacted"] * n["shipped"], "0.01")
            if can_break_even
            else None
        ),
    }
