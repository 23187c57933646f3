from datetime import timedelta
from decimal import Decimal

import pytest

from commanda.audit.models import Event
from commanda.finance.models import Expense
from commanda.finance.selectors import expense_totals, expenses
from commanda.finance.services.expenses import add_expense, void_expense
from commanda.kernel.clock import today
from commanda.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.factories import make_actor, make_variant

pytestmark = pytest.mark.django_db


def add(actor, amount="100", **fields):
    return add_expense(actor=actor, **{"kind": "packaging", "amount": Decimal(amount), "spent_on": today(), **fields})


def test_expense_counts_nothing_but_stays_when_it_is_void():
    admin = make_actor()
    kept, mistaken = add(admin, "100"), add(admin, "999")
    void_expense(actor=admin, expense_id=mistaken.pk, reason="Saisie deux fois")
    assert set(expenses(admin, first=today(), last=today())) == {kept, mistaken}
    assert expense_totals(admin, first=today(), last=today()) == {"packaging": Decimal(100)}
    event = Event.objects.get(name="finance.expense_voided")
    assert (event.subject, event.subject_id, event.reason) == ("finance.expense", mistaken.pk, "Saisie deux fois")


def test_expense_is_not_voided_twice_when_asked_twice():
    admin = make_actor()
    expense = add(admin)
    void_expense(actor=admin, expense_id=expense.pk, reason="Erreur")
    with pytest.raises(Conflict):
        void_expense(actor=admin, expense_id=expense.pk, reason="Erreur")


def test_expense_is_kept_when_no_reason_is_given():
    admin = make_actor()
    expense = add(admin)
    with pytest.raises(Invalid):
        void_expense(actor=admin, expense_id=expense.pk, reason="  ")
    expense.refresh_from_db()
    assert not expense.is_void


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "yacht"}, "kind"),
        ({"amount": Decimal(0)}, "amount"),
        ({"amount": Decimal("0.004")}, "amount"),
        ({"amount": Decimal(-5)}, "amount"),
        ({"amount": Decimal(1_000_001)}, "amount"),
        ({"spent_on": today() + timedelta(days=1)}, "spent_on"),
        ({"product_id": 0}, "product"),
    ],
)
def test_expense_is_refused_when_absurd(fields, field):
    with pytest.raises(Invalid) as caught:
        add(make_actor(), **fields)
    assert caught.value.field == field
    assert not Expense.objects.exists()


def test_totals_stand_by_kind_when_there_are_several():
    admin, variant = make_actor(), make_variant()
    add(admin, "10")
    add(admin, "20", kind="rent")
    add(admin, "5", product_id=variant.product_id)
    add(admin, "7", spent_on=today() - timedelta(days=1))
    assert expense_totals(admin, first=today(), last=today()) == {"rent": 20, "packaging": 15}


@pytest.mark.parametrize("role", ["supervisor", "agent", "buyer"])
def test_expenses_are_closed_when_the_role_is_not_admin(role):
    admin, other = make_actor(), make_actor(role)
    expense = add(admin)
    with pytest.raises(NotAllowed):
        add(other)
    with pytest.raises(NotAllowed):
        void_expense(actor=other, expense_id=expense.pk, reason="Non")
    assert not expenses(other, first=today(), last=today()).exists()


def test_expense_is_not_found_when_it_does_not_exist():
    with pytest.raises(NotFound):
        void_expense(actor=make_actor(), expense_id=0, reason="Rien")
