from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from commanda.audit.models import Event
from commanda.finance.models import CommissionEntry, CommissionStatement, StatementEntry
from commanda.finance.services.plans import save_commission_plan
from commanda.finance.services.statements import (
    Payment,
    approve_statement,
    discard_statement,
    draw_up_statements,
    pay_statement,
    reopen_statement,
)
from commanda.finance.statement_selectors import entries_left, statement_sums, statements
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import now, time_is, today
from commanda.kernel.errors import Conflict, Invalid, NotAllowed
from commanda.orders.services.transition import transition_order
from tests.factories import make_actor, make_order, make_user, make_variant

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")


@pytest.fixture
def agent():
    day = today() - timedelta(days=90)
    save_commission_plan(actor=SYSTEM, name="Plan", delivered_amount=Decimal(10), valid_from_on=day)
    return make_user("agent")


def deliver(agent):
    return make_order(make_variant(stock=5), state="delivered", assignee_id=agent.pk)


def draw_up(**fields):
    ids = draw_up_statements(actor=SYSTEM, **{"first": today() - timedelta(days=30), "last": today(), **fields})
    return list(CommissionStatement.objects.filter(pk__in=ids).order_by("pk"))


def approve(statement):
    return approve_statement(actor=SYSTEM, statement_id=statement.pk, expected_amount=statement.total_amount)


def pay(statement, **fields):
    payment = Payment(**{"method": "bank", "paid_on": today(), "reference": "VIR-9", **fields})
    return pay_statement(
        actor=SYSTEM, statement_id=statement.pk, payment=payment, expected_amount=statement.total_amount
    )


def test_every_entry_stands_on_one_statement_when_they_are_drawn_up_again(agent):
    other = make_user("agent")
    deliver(agent), deliver(agent), deliver(other)
    first, second = draw_up()
    assert [(s.agent_id, s.total_amount, s.state) for s in (first, second)] == [
        (agent.pk, 20, "draft"),
        (other.pk, 10, "draft"),
    ]
    deliver(agent)
    again, _second = draw_up()
    assert (again.pk, again.total_amount) == (first.pk, 30)
    assert StatementEntry.objects.count() == 4
    assert entries_left(SYSTEM) == (0, 0)


def test_statement_is_paid_step_by_step_when_all_is_right(agent):
    deliver(agent)
    (statement,) = draw_up()
    admin = make_user("admin")
    approved = approve_statement(
        actor=admin.as_actor(), statement_id=statement.pk, expected_amount=statement.total_amount
    )
    assert (approved.state, approved.approved_by_id) == ("approved", admin.pk)
    paid = pay(approved)
    assert (paid.state, paid.method, paid.payment_reference, paid.paid_on) == ("paid", "bank", "VIR-9", today())
    names = Event.objects.filter(subject="finance.commission_statement").order_by("pk").values_list("name", flat=True)
    assert [name.removeprefix("finance.statement_") for name in names] == ["drawn_up", "approved", "paid"]


def test_reversal_comes_on_the_next_statement_when_the_first_was_paid(agent):
    order = deliver(agent)
    (paid,) = draw_up()
    pay(approve(paid))
    transition_order(actor=SYSTEM, order_id=order.pk, to="returned", reason_text="essai")
    (debt,) = draw_up()
    assert (debt.pk != paid.pk, debt.total_amount) == (True, -10)
    with pytest.raises(Conflict) as caught:
        approve(debt)
    assert caught.value.code == "statement_negative"
    discard_statement(actor=SYSTEM, statement_id=debt.pk)
    deliver(agent), deliver(agent)
    (following,) = draw_up()
    assert following.total_amount == 10
    sums = statement_sums(SYSTEM, following.pk)["delivered"]
    assert (sums["earned"], sums["back"], sums["number"]) == (20, -10, 3)


def test_entries_of_later_days_wait_when_a_statement_is_for_the_month_before(agent):
    with time_is(now() - timedelta(days=40)):
        deliver(agent)
    deliver(agent)
    (statement,) = draw_up(first=today() - timedelta(days=60), last=today() - timedelta(days=30))
    assert statement.total_amount == 10
    assert entries_left(SYSTEM, agent_id=agent.pk) == (1, 10)


def test_nothing_is_approved_or_paid_when_the_total_is_not_what_was_seen(agent):
    deliver(agent)
    (statement,) = draw_up()
    with pytest.raises(Conflict):
        approve_statement(actor=SYSTEM, statement_id=statement.pk, expected_amount=Decimal(11))
    approve(statement)
    with pytest.raises(Conflict):
        pay_statement(
            actor=SYSTEM, statement_id=statement.pk, payment=Payment("bank", today()), expected_amount=Decimal(9)
        )


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"method": "barter"}, "method"), ({"paid_on": today() + timedelta(days=2)}, "paid_on")],
)
def test_payment_is_refused_when_absurd(agent, fields, field):
    deliver(agent)
    (statement,) = draw_up()
    approve(statement)
    with pytest.raises(Invalid) as caught:
        pay(statement, **fields)
    assert caught.value.field == field


def test_approval_is_taken_back_when_nothing_was_paid(agent):
    deliver(agent)
    (statement,) = draw_up()
    approve(statement)
    deliver(agent)
    _approved, newer = [statement, *draw_up()]
    with pytest.raises(Conflict) as caught:
        reopen_statement(actor=SYSTEM, statement_id=statement.pk)
    assert caught.value.code == "other_draft"
    discard_statement(actor=SYSTEM, statement_id=newer.pk)
    assert reopen_statement(actor=SYSTEM, statement_id=statement.pk).state == "draft"
    (grown,) = draw_up()
    assert (grown.pk, grown.total_amount) == (statement.pk, 20)
    pay(approve(grown))
    with pytest.raises(Conflict):
        reopen_statement(actor=SYSTEM, statement_id=statement.pk)
    with pytest.raises(Conflict):
        discard_statement(actor=SYSTEM, statement_id=statement.pk)


REWRITES = {
    "total": "UPDATE finance_commissionstatement SET total_amount = total_amount + 1",
    "agent": "UPDATE finance_commissionstatement SET agent_id = (SELECT max(id) FROM accounts_user)",
    "days": "UPDATE finance_commissionstatement SET first_on = first_on - 1",
    "gone": "DELETE FROM finance_commissionstatement",
    "entry gone": "DELETE FROM finance_statemententry",
    "entry moved": "UPDATE finance_statemententry SET statement_id = statement_id",
    "entry more": """INSERT INTO finance_statemententry (entry_id, statement_id)
        SELECT entry.id, statement.id FROM finance_commissionentry AS entry, finance_commissionstatement AS statement
        WHERE entry.id NOT IN (SELECT entry_id FROM finance_statemententry)""",
}


@pytest.mark.parametrize("step", ["approved", "paid"])
@pytest.mark.parametrize("rewrite", REWRITES)
def test_database_refuses_when_an_approved_statement_is_rewritten(agent, rewrite, step):
    deliver(agent)
    (statement,) = draw_up()
    approve(statement)
    if step == "paid":
        pay(statement)
    deliver(agent)
    make_user("agent")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(REWRITES[rewrite])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE finance_commissionstatement SET state = 'approved', approved_at = now(), total_amount = 999",
        """UPDATE finance_commissionstatement
           SET state = 'paid', paid_at = now(), approved_at = now(), method = 'bank', paid_on = now()""",
        """INSERT INTO finance_statemententry (entry_id, statement_id)
           SELECT entry_id, statement_id FROM finance_statemententry""",
    ],
)
def test_database_refuses_when_a_draft_is_led_astray(agent, statement):
    deliver(agent)
    draw_up()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_entry_of_another_agent_is_refused_when_put_on_a_statement(agent):
    deliver(agent)
    (statement,) = draw_up()
    deliver(make_user("agent"))
    entry = CommissionEntry.objects.latest("pk")
    with pytest.raises(IntegrityError), transaction.atomic():
        StatementEntry.objects.create(entry=entry, statement=statement)


@pytest.mark.parametrize("role", ["supervisor", "agent", "buyer"])
def test_statements_are_closed_when_the_role_is_not_admin(agent, role):
    deliver(agent)
    (statement,) = draw_up()
    actor = make_actor(role)
    payment = Payment("bank", today())
    for act in (
        lambda: draw_up_statements(actor=actor, first=today(), last=today()),
        lambda: approve_statement(actor=actor, statement_id=statement.pk, expected_amount=statement.total_amount),
        lambda: discard_statement(actor=actor, statement_id=statement.pk),
        lambda: reopen_statement(actor=actor, statement_id=statement.pk),
        lambda: pay_statement(actor=actor, statement_id=statement.pk, payment=payment, expected_amount=Decimal(10)),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert not statements(actor).exists()


def test_agent_sees_own_statements_when_they_are_approved(agent):
    other = make_user("agent")
    deliver(agent), deliver(other)
    mine, _theirs = draw_up()
    assert not statements(agent.as_actor()).exists()
    approve(mine)
    assert list(statements(agent.as_actor())) == [mine]
    assert not statements(other.as_actor()).exists()


def test_statements_do_not_grow_when_many_entries_are_drawn_up(agent):
    def count(number):
        for _ in range(number):
            deliver(make_user("agent"))
        with CaptureQueriesContext(connection) as queries:
            draw_up()
        return len(queries)

    count(1)
    assert count(2) == count(5)
