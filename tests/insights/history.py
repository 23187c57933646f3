"""Random histories of a small shop, lived through the real services at their own times."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from commanda.ads.models import Platform
from commanda.ads.services.spend import enter_spend
from commanda.catalog.models import Variant
from commanda.confirmation.models import Call, Outcome
from commanda.customers.models import City
from commanda.finance.services.costs import set_carrier_fee, set_product_cost
from commanda.finance.services.expenses import add_expense, void_expense
from commanda.finance.services.plan_checks import LineData
from commanda.finance.services.plans import PlanData, begin_plan, save_plan
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import now, time_is
from commanda.orders.models import Order, Store
from commanda.orders.services.contact import note_contact
from commanda.orders.services.create import create_order
from commanda.orders.services.drafts import LineDraft, OrderDraft
from commanda.orders.services.transition import transition_order
from commanda.shipping.models import Carrier, Parcel
from commanda.stock.services.documents import StockLine, receive_stock
from tests.factories import make_bundle, make_user, make_variant

SYSTEM = system_actor("test")
FIRST_DAY = date(2026, 5, 1)
# Outside Ramadan, when Morocco is an hour ahead of UTC, and close to midnight: a day counted in UTC would be wrong.
START = datetime(2026, 5, 1, 22, 50, tzinfo=UTC)
END = datetime(2026, 8, 1, tzinfo=UTC)
PLATFORMS = ("facebook", "tiktok", "")
PATHS = (
    (),
    ("to_confirm",),
    ("cancelled",),
    ("duplicate",),
    ("confirmed",),
    ("to_confirm", "confirmed", "cancelled"),
    ("confirmed", "shipped"),
    ("confirmed", "shipped", "delivered"),
    ("confirmed", "shipped", "delivered"),
    ("confirmed", "shipped", "delivered", "returned"),
    ("confirmed", "shipped", "returned"),
    ("confirmed", "shipped", "returned", "delivered"),
    ("confirmed", "shipped", "delivered", "shipped", "delivered"),
    ("cancelled", "confirmed", "shipped", "confirmed"),
)


@dataclass(frozen=True)
class OrderStory:
    """What happens to one order; numbers are places in the shop's lists, steps take so many hours."""

    lines: tuple[tuple[int, int, int], ...]  # variant, quantity, price in centimes
    discount: int
    delivery: int
    client: int
    platform: int
    agent: int
    city: int
    path: tuple[str, ...]
    starts_after: int
    step_hours: int
    calls: tuple[bool, ...]
    is_draft: bool
    promised_days: int


stories = st.builds(
    OrderStory,
    lines=st.lists(
        st.tuples(st.integers(0, 3), st.integers(1, 3), st.sampled_from([0, 1, 3333, 9999, 19900])),
        min_size=1,
        max_size=3,
    ).map(tuple),
    discount=st.sampled_from([0, 0, 1, 777]),
    delivery=st.sampled_from([0, 0, 1, 3500]),
    client=st.integers(0, 3),
    platform=st.integers(0, 2),
    agent=st.integers(0, 2),
    city=st.integers(0, 2),
    path=st.sampled_from(PATHS),
    starts_after=st.integers(0, 24 * 12),
    step_hours=st.integers(1, 60),
    calls=st.lists(st.booleans(), max_size=3).map(tuple),
    is_draft=st.sampled_from([False] * 9 + [True]),
    promised_days=st.integers(-1, 6),
)


@dataclass
class Shop:
    """The people and things that stories point at; agents[2] and cities[2] are nobody and nowhere."""

    variants: list[Variant]
    agents: list
    cities: list
    carriers: list[Carrier]
    buyers: list


def open_shop() -> Shop:
    """A shop with costs, fees and plans that change on the way; one product has no cost."""
    with time_is(START - timedelta(days=20)):
        cup, spoon, lamp = make_variant(), make_variant(), make_variant()
        receive_stock(actor=SYSTEM, lines=[StockLine(v.pk, 9000) for v in (cup, spoon, lamp)], supplier="Test")
        pack = make_bundle({cup: 2, spoon: 1})
        variants = [cup, spoon, lamp, pack]
        agents = [make_user("agent"), make_user("agent"), None]
        buyers = [make_user("buyer"), make_user("buyer")]
        carriers = [Carrier.objects.create(name=name) for name in ("Atlas", "Rif", "Souss")]
    with time_is(START):
        for variant, amount, days in [(cup, "10.05", -30), (cup, "11.95", 5), (spoon, "3.33", -30), (pack, "20", 8)]:
            set_product_cost(
                actor=SYSTEM,
                variant_id=variant.pk,
                amount=Decimal(amount),
                valid_from_on=FIRST_DAY + timedelta(days=days),
            )
        for carrier, delivered, days in [(0, "35", -30), (0, "38.50", 4), (1, "29.99", -30)]:
            set_carrier_fee(
                actor=SYSTEM,
                carrier_id=carriers[carrier].pk,
                delivered_amount=Decimal(delivered),
                returned_amount=Decimal("12.34"),
                valid_from_on=FIRST_DAY + timedelta(days=days),
            )
        _plans(cup, agents[1])
    return Shop(variants, agents, [*City.objects.all()[:2], None], carriers, buyers)


def _plans(cup: Variant, agent) -> None:
    """A plain version of the commission plan, and one with lines, confirmations and upsells from the seventh day on."""
    plain = PlanData(name="Plan", delivered_amount=Decimal("7.77"))
    richer = PlanData(
        name="Plan",
        confirmed_amount=Decimal("1.5"),
        delivered_amount=Decimal(10),
        upsell_amount=Decimal("2.05"),
        keeps_confirmed=False,
        lines=[
            LineData("delivered", product_id=cup.product_id, ratio=Decimal("0.015")),
            LineData("upsell", agent_id=agent.pk, amount=Decimal(3)),
        ],
    )
    for data, days in ((plain, 0), (richer, 6)):
        plan = save_plan(actor=SYSTEM, data=data)
        begin_plan(actor=SYSTEM, plan_id=plan.pk, valid_from_on=FIRST_DAY + timedelta(days=days))


def live(shop: Shop, story: OrderStory, place: int) -> Order:
    """One order from its draft to wherever its story ends."""
    at = START + timedelta(hours=story.starts_after)
    subtotal = sum(quantity * price for _variant, quantity, price in story.lines)
    agent = shop.agents[story.agent]
    city = shop.cities[story.city]
    draft = OrderDraft(
        phone_e164=f"+21261200000{story.client}",
        lines=tuple(
            LineDraft(shop.variants[variant].pk, quantity, Decimal(price) / 100, is_upsell=number == 1)
            for number, (variant, quantity, price) in enumerate(story.lines)
        ),
        store_id=Store.objects.get().pk,
        channel="sheet",
        customer_name="Client Exemple",
        city_id=city and city.pk,
        platform=PLATFORMS[story.platform],
        discount_amount=Decimal(min(story.discount, subtotal)) / 100,
        delivery_amount=Decimal(story.delivery) / 100,
        promised_on=None if story.promised_days < 0 else at.date() + timedelta(days=story.promised_days),
        created_at=at,
        assignee_id=agent and agent.pk,
        is_draft=story.is_draft,
    )
    with time_is(at):
        order = create_order(actor=SYSTEM, draft=draft)
    for answered in story.calls:
        at += timedelta(hours=1)
        with time_is(at):
            _call(order, agent, answered)
    for step in () if story.is_draft else story.path:
        at += timedelta(hours=story.step_hours)
        with time_is(at):
            transition_order(actor=SYSTEM, order_id=order.pk, to=step, reason_text="essai")
            if step == "shipped":
                _hand_over(shop.carriers[place % 3], order)
    return order


def _call(order: Order, agent, answered: bool) -> None:
    Call.objects.create(
        order=order,
        agent=agent,
        medium="whatsapp" if agent is None else "phone",
        outcome=Outcome.objects.first(),
        is_answered=answered,
        called_at=now(),
    )
    note_contact(actor=SYSTEM, order_id=order.pk)


def _hand_over(carrier: Carrier, order: Order) -> None:
    """Give the shipped order a parcel; from then on it follows by itself."""
    if not Parcel.objects.filter(order=order, is_current=True).exists():
        order.refresh_from_db()
        Parcel.objects.create(
            order=order,
            carrier=carrier,
            cash_amount=order.total_amount,
            status="shipped",
            created_at=now(),
            shipped_at=now(),
        )


@dataclass(frozen=True)
class MoneyStory:
    """One figure of ads and one expense on a day."""

    product: int
    platform: int
    buyer: int
    day: int
    centimes: int
    has_product: bool
    is_void: bool


money_stories = st.builds(
    MoneyStory,
    product=st.integers(0, 3),
    platform=st.integers(0, 1),
    buyer=st.integers(0, 1),
    day=st.integers(0, 14),
    centimes=st.sampled_from([0, 1, 9999, 123456]),
    has_product=st.booleans(),
    is_void=st.sampled_from([False, False, True]),
)


def spend(shop: Shop, story: MoneyStory) -> None:
    """Ad spend, and an expense of the same size."""
    product_id = shop.variants[story.product].product_id
    day = FIRST_DAY + timedelta(days=story.day)
    with time_is(END):
        enter_spend(
            actor=shop.buyers[story.buyer].as_actor(),
            product_id=product_id,
            platform_id=Platform.objects.get(slug=PLATFORMS[story.platform]).pk,
            spent_on=day,
            amount=Decimal(story.centimes) / 100,
        )
        if story.centimes:
            expense = add_expense(
                actor=SYSTEM,
                kind="other",
                amount=Decimal(story.centimes) / 100,
                spent_on=day,
                product_id=product_id if story.has_product else None,
            )
            if story.is_void:
                void_expense(actor=SYSTEM, expense_id=expense.pk, reason="Essai")
