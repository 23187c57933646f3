"""What is earned by being confirmed, delivered and upsold, and what is taken back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from commanda.finance.commission_books import COMMISSION_BOOKS
from commanda.finance.commission_selectors import commission_of_order, expected_commission, own_commission
from commanda.finance.models import CommissionEntry
from commanda.finance.services.plan_checks import LineData, TierData
from commanda.finance.services.plans import PlanData, begin_plan, copy_plan, data_of, save_plan
from commanda.finance.services.statements import draw_up_statements
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import today
from commanda.orders.services.assign import assign_orders
from commanda.orders.services.create import create_order
from commanda.orders.services.drafts import LineDraft
from commanda.orders.services.edit import edit_order
from commanda.orders.services.transition import transition_order
from tests.factories import make_order, make_user, make_variant, order_draft

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")


def begin(**fields):
    general = {"confirmed_amount": Decimal(2), "delivered_amount": Decimal(10), "upsell_amount": Decimal(3)}
    plan = save_plan(actor=SYSTEM, data=PlanData(**{"name": "Agents", **general, **fields}))
    return begin_plan(actor=SYSTEM, plan_id=plan.pk, valid_from_on=today() - timedelta(days=9))


def upsold(agent, units=2):
    """An order to call with one article and some upsold ones."""
    cup, lamp = make_variant(stock=9), make_variant(stock=9)
    draft = order_draft(cup, assignee_id=agent.pk)._replace(
        lines=(LineDraft(cup.pk, 1), LineDraft(lamp.pk, units, is_upsell=True)),
    )
    return create_order(actor=SYSTEM, draft=draft)


def go(order, *path):
    for state in path:
        transition_order(actor=SYSTEM, order_id=order.pk, to=state, reason_text="essai")


def standing(order):
    """Trigger → MAD that stand; the ledger's books hold, whatever happened."""
    for name, (_says, query) in COMMISSION_BOOKS.items():
        with connection.cursor() as cursor:
            cursor.execute(query)
            assert cursor.fetchall() == [], name
    sums = {}
    for entry in CommissionEntry.objects.filter(order=order):
        sums[entry.trigger] = sums.get(entry.trigger, 0) + entry.amount
    return {trigger: amount for trigger, amount in sums.items() if amount}


ALL = {"confirmed": 2, "delivered": 10, "upsell": 6}
CONFIRMED = {"confirmed": 2}


@pytest.mark.parametrize(
    ("path", "kept", "given_back"),
    [
        (["confirmed"], CONFIRMED, CONFIRMED),
        (["confirmed", "shipped"], CONFIRMED, CONFIRMED),
        (["confirmed", "shipped", "delivered"], ALL, ALL),
        (["confirmed", "cancelled"], {}, {}),
        (["confirmed", "to_confirm"], {}, {}),
        (["confirmed", "cancelled", "confirmed"], CONFIRMED, CONFIRMED),
        (["confirmed", "shipped", "returned"], CONFIRMED, {}),
        (["confirmed", "shipped", "delivered", "returned"], CONFIRMED, {}),
        (["confirmed", "shipped", "returned", "delivered"], ALL, ALL),
        (["confirmed", "shipped", "delivered", "returned", "delivered"], ALL, ALL),
        (["confirmed", "shipped", "returned", "shipped", "delivered", "shipped"], CONFIRMED, CONFIRMED),
        (["cancelled"], {}, {}),
    ],
)
@pytest.mark.parametrize("keeps", [True, False])
def test_what_the_stage_pays_stands_once_when_an_order_goes_its_way(path, kept, given_back, keeps):
    begin(keeps_confirmed=keeps)
    order = upsold(make_user("agent"))
    go(order, *path)
    assert standing(order) == (kept if keeps else given_back)


def test_order_that_came_back_earns_no_confirmation_when_it_never_had_one():
    order = upsold(make_user("agent"))
    go(order, "confirmed", "shipped", "returned")
    begin()
    go(order, "delivered")
    assert standing(order) == {"delivered": 10, "upsell": 6}


def test_each_is_paid_to_whoever_had_the_order_then_when_it_changes_hands():
    begin()
    first, second = make_user("agent"), make_user("agent")
    order = upsold(first)
    go(order, "confirmed", "shipped")
    assign_orders(actor=SYSTEM, order_ids=[order.pk], agent_id=second.pk)
    go(order, "delivered")
    found = {entry.trigger: entry.agent_id for entry in CommissionEntry.objects.all()}
    assert found == {"confirmed": first.pk, "delivered": second.pk, "upsell": second.pk}
    go(order, "returned", "shipped", "confirmed", "cancelled")
    assert standing(order) == {}
    assert {entry.agent_id for entry in CommissionEntry.objects.filter(trigger="confirmed")} == {first.pk}


def test_upsell_pays_what_was_delivered_when_the_order_was_edited_before():
    begin()
    agent = make_user("agent")
    order = upsold(agent, units=4)
    go(order, "confirmed")
    lines = [LineDraft(line.variant_id, 1, is_upsell=line.is_upsell) for line in order.lines.all()]
    edit_order(actor=SYSTEM, order_id=order.pk, lines=lines)
    go(order, "shipped", "delivered")
    entry = CommissionEntry.objects.get(trigger="upsell")
    assert (entry.amount, entry.units_qty) == (3, 1)


def test_agent_sees_what_may_still_come_when_orders_are_on_the_road():
    begin()
    agent = make_user("agent")
    order = upsold(agent)
    go(order, "confirmed", "shipped")
    actor = agent.as_actor()
    expected = expected_commission(actor)
    assert (expected.amount, expected.orders) == (16, 1)
    assert commission_of_order(actor, order.pk, agent.pk).next_amount == 16
    go(order, "delivered")
    assert expected_commission(actor).amount == 0
    sums = {row.trigger: (row.amount, row.number) for row in own_commission(actor, first=today(), last=today())}
    assert sums == {"confirmed": (2, 1), "delivered": (10, 1), "upsell": (6, 2), "bonus": (0, 0)}


@pytest.mark.parametrize(
    "rewrite",
    [
        "UPDATE finance_commissionplan SET delivered_amount = 99",
        "DELETE FROM finance_commissionline",
        "UPDATE finance_commissionline SET amount = 99",
        "UPDATE finance_commissiontier SET fixed_amount = 99",
        """INSERT INTO finance_commissionline (plan_id, position, trigger, amount, offer_label)
           SELECT id, 9, 'delivered', 99, '' FROM finance_commissionplan""",
    ],
)
def test_database_refuses_when_a_version_that_somebody_earned_by_is_rewritten(rewrite):
    begin(lines=[LineData("upsell", amount=Decimal(1))], tiers=[TierData(delivered_qty=1, fixed_amount=Decimal(5))])
    go(upsold(make_user("agent")), "confirmed")
    with (
        pytest.raises(IntegrityError, match="somebody has earned"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(rewrite)


def test_copy_says_the_same_when_a_version_is_copied():
    variant, agent = make_variant(), make_user("agent")
    plan = begin(
        keeps_confirmed=False,
        month_cap_amount=Decimal(900),
        lines=[
            LineData("upsell", product_id=variant.product_id, offer_qty=2, offer_label="Deux", ratio=Decimal("0.05")),
            LineData("delivered", agent_id=agent.pk, amount=Decimal(9), cap_amount=Decimal(5)),
        ],
        tiers=[TierData(delivered_qty=10, delivery_rate=Decimal("0.65"), per_order_amount=Decimal(2))],
    )
    copied = copy_plan(actor=SYSTEM, plan_id=plan.pk)
    assert (copied.valid_from_on, data_of(copied)) == (None, data_of(plan))


BROKEN = {
    "finance.commissions": "UPDATE finance_commissionentry SET trigger = 'upsell', nth = 2 WHERE trigger = 'delivered'",
    "finance.commission_amounts": "UPDATE finance_commissionentry SET amount = 11 WHERE trigger = 'delivered'",
    "finance.commission_reversals": "UPDATE finance_commissionentry SET units_qty = 7 WHERE reverses_id IS NOT NULL",
    "finance.statements": "DELETE FROM finance_statemententry",
}


@pytest.mark.parametrize("book", BROKEN)
def test_book_finds_it_when_a_row_was_changed_behind_its_back(book):
    begin()
    agent = make_user("agent")
    go(upsold(agent), "confirmed", "shipped", "delivered")
    go(upsold(agent), "confirmed", "cancelled")
    draw_up_statements(actor=SYSTEM, first=today(), last=today())
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE finance_commissionentry DISABLE TRIGGER USER")
        cursor.execute(BROKEN[book])
        cursor.execute(COMMISSION_BOOKS[book][1])
        assert cursor.fetchall()


def test_made_orders_of_the_factories_earn_too_when_they_are_delivered():
    begin()
    order = make_order(make_variant(stock=1), state="delivered", assignee_id=make_user("agent").pk)
    assert standing(order) == {"confirmed": 2, "delivered": 10}
