from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commanda.finance.bonus import Numbers, bonus_of, next_tier, numbers_of
from commanda.finance.models import CommissionEntry, CommissionTier
from commanda.finance.months import Month, month_of
from commanda.finance.own_progress import own_progress
from commanda.finance.services.bonuses import compute_bonuses
from commanda.finance.services.plan_checks import TierData
from commanda.finance.services.plans import PlanData, begin_plan, save_plan
from commanda.finance.tasks import bonuses_of_last_month
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import day_start, time_is, today
from commanda.kernel.errors import Invalid, NotAllowed
from commanda.orders.services.contact import note_contact
from commanda.orders.services.transition import transition_order
from tests.factories import make_actor, make_order, make_user, make_variant

SYSTEM = system_actor("test")
MONTH = month_of(today()).previous


def tiers(*rows):
    """(delivered, delivery rate, confirmation rate, per order, fixed)."""
    return [
        TierData(
            delivered_qty=delivered,
            delivery_rate=rate and Decimal(rate),
            confirmation_rate=confirming and Decimal(confirming),
            per_order_amount=Decimal(each),
            fixed_amount=Decimal(fixed),
        )
        for delivered, rate, confirming, each, fixed in rows
    ]


def begin(*rows, **fields):
    data = PlanData(**{"name": "Agents", "delivered_amount": Decimal(0), "tiers": tiers(*rows), **fields})
    plan = save_plan(actor=SYSTEM, data=data)
    return begin_plan(actor=SYSTEM, plan_id=plan.pk, valid_from_on=MONTH.first - timedelta(days=30))


def live(agent, state, on):
    """An order that is contacted and goes to its state on a day."""
    with time_is(day_start(on) + timedelta(hours=12)):
        order = make_order(make_variant(stock=1), assignee_id=agent.pk)
        note_contact(actor=SYSTEM, order_id=order.pk)
        path = {"delivered": ["confirmed", "shipped", "delivered"], "returned": ["confirmed", "shipped", "returned"]}
        for step in path.get(state, [state]):
            transition_order(actor=SYSTEM, order_id=order.pk, to=step, reason_text="essai")
    return order


def amounts():
    return [(entry.agent_id, entry.amount, entry.nth) for entry in CommissionEntry.objects.order_by("pk")]


@pytest.mark.django_db
def test_bonus_is_written_with_its_numbers_when_the_month_is_over():
    begin((2, "0.6", None, "2", "0"), (3, None, None, "0", "5"))
    agent, other = make_user("agent"), make_user("agent")
    for state in ("delivered", "delivered", "returned", "cancelled"):
        live(agent, state, MONTH.last)
    live(agent, "delivered", today())
    live(other, "delivered", MONTH.first)
    run = compute_bonuses(actor=SYSTEM, month_on=MONTH.last)
    assert (run.agents, run.amount, run.written) == (1, 4, 1)
    entry = CommissionEntry.objects.get()
    assert (entry.agent_id, entry.amount, entry.month_on, entry.units_qty) == (agent.pk, 4, MONTH.first, 2)
    assert entry.facts["delivered"] == 2
    assert (entry.facts["returned"], entry.facts["contacted"], entry.facts["confirmed"]) == (1, 4, 3)
    assert entry.facts["tier"]["delivery_rate"] == "0.600"


@pytest.mark.django_db
def test_only_differences_are_written_when_it_is_computed_again():
    begin((1, None, None, "2", "0"))
    agent = make_user("agent")
    first, _second = live(agent, "delivered", MONTH.last), live(agent, "delivered", MONTH.last)
    compute_bonuses(actor=SYSTEM, month_on=MONTH.first)
    assert compute_bonuses(actor=SYSTEM, month_on=MONTH.first).written == 0
    transition_order(actor=SYSTEM, order_id=first.pk, to="returned", reason_text="essai")
    assert compute_bonuses(actor=SYSTEM, month_on=MONTH.first).written == 2
    assert amounts() == [(agent.pk, 4, 1), (agent.pk, -4, 1), (agent.pk, 2, 2)]
    transition_order(actor=SYSTEM, order_id=_second.pk, to="returned", reason_text="essai")
    assert compute_bonuses(actor=SYSTEM, month_on=MONTH.first).written == 1
    assert sum(amount for _agent, amount, _nth in amounts()) == 0


@pytest.mark.django_db
def test_month_is_refused_when_it_is_not_over_or_the_role_is_wrong():
    with pytest.raises(Invalid):
        compute_bonuses(actor=SYSTEM, month_on=today())
    for role in ("supervisor", "agent", "buyer"):
        with pytest.raises(NotAllowed):
            compute_bonuses(actor=make_actor(role), month_on=MONTH.first)


@pytest.mark.django_db
def test_job_computes_the_month_before_when_a_month_is_young():
    begin((1, None, None, "0", "500"))
    agent = make_user("agent")
    live(agent, "delivered", MONTH.last)
    first = month_of(today()).first
    for day, written in ((first + timedelta(days=20), 0), (first + timedelta(days=2), 1)):
        with time_is(day_start(day) + timedelta(hours=3)):
            bonuses_of_last_month.func(timestamp=0)
        assert CommissionEntry.objects.count() == written


@pytest.mark.django_db
def test_refusal_at_the_door_is_not_held_against_the_confirmation_when_rates_are_counted():
    agent = make_user("agent")
    for state in ("returned", "delivered", "cancelled"):
        live(agent, state, MONTH.last)
    numbers = numbers_of(MONTH)[agent.pk]
    assert (numbers.delivery_rate, numbers.confirmation_rate) == (Decimal(1) / 2, Decimal(2) / 3)


@pytest.mark.django_db
def test_agent_sees_the_way_to_the_next_tier_when_the_plan_has_some():
    agent = make_user("agent")
    assert own_progress(agent.as_actor()) is None
    begin((1, None, None, "0", "5"), (3, "0.5", None, "0", "50"))
    live(agent, "delivered", today())
    live(make_user("agent"), "delivered", today())
    progress = own_progress(agent.as_actor())
    assert (progress.bonus.amount, progress.tier.delivered_qty, progress.orders_left) == (5, 3, 2)
    assert progress.rates_left == [("delivery", Decimal(1), Decimal("0.5"))]
    assert own_progress(make_actor("supervisor")) is None


def test_months_know_their_days_when_a_year_ends():
    assert (Month(date(2025, 12, 1)).last, month_of(date(2026, 1, 9)).previous) == (
        date(2025, 12, 31),
        Month(date(2025, 12, 1)),
    )
    assert Month(date(2024, 2, 1)).last == date(2024, 2, 29)


numbers = st.builds(
    Numbers, st.integers(0, 300), st.integers(0, 100), contacted=st.integers(200, 500), confirmed=st.integers(0, 200)
)
rates = st.sampled_from([None, Decimal("0.5"), Decimal("0.65"), Decimal(1)])
tier_rows = st.lists(
    st.builds(
        CommissionTier,
        position=st.integers(1, 9),
        delivered_qty=st.integers(0, 300),
        delivery_rate=rates,
        confirmation_rate=rates,
        per_order_amount=st.sampled_from([Decimal(0), Decimal("1.5"), Decimal(2)]),
        fixed_amount=st.sampled_from([Decimal(0), Decimal(500)]),
    ),
    max_size=5,
)


@given(tier_rows, numbers)
def test_best_reached_tier_pays_when_numbers_are_random(found, month):
    def pays(tier):
        if month.delivered < tier.delivered_qty:
            return Decimal(0)
        ended = month.delivered + month.returned
        if tier.delivery_rate is not None and (not ended or month.delivered < tier.delivery_rate * ended):
            return Decimal(0)
        if tier.confirmation_rate is not None and month.confirmed < tier.confirmation_rate * month.contacted:
            return Decimal(0)
        return tier.fixed_amount + tier.per_order_amount * month.delivered

    best = max(map(pays, found), default=Decimal(0))
    bonus = bonus_of(found, month)
    assert (bonus.amount if bonus else Decimal(0)) == best
    following = next_tier(found, month)
    assert following is None or (following in found and pays(following) == 0)
