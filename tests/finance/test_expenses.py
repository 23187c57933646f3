from datetime import date, timedelta
from decimal import Decimal

import pytest

from commanda.audit.models import Event
from commanda.finance.expense_selectors import ExpenseFilter, expense_sums, expenses, typed_cost
from commanda.finance.models import Expense
from commanda.finance.services.expenses import (
    ExpenseData,
    add_expense,
    add_expenses,
    correct_expense,
    stop_expense,
    void_expense,
)
from commanda.kernel.clock import today
from commanda.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.factories import make_actor, make_variant

pytestmark = pytest.mark.django_db
TODAY = today()
JANUARY = ExpenseFilter(date(2026, 1, 1), date(2026, 1, 31))


def add(actor=None, amount="100", **fields):
    fields = {"kind": "packaging", "amount": Decimal(amount), "spent_on": TODAY, **fields}
    return add_expense(actor=actor or make_actor(), **fields)


def salary(amount="3100", first=date(2026, 1, 1), **fields):
    return add(None, amount, kind="salaries", every="month", spent_on=first, **fields)


def day(**fields):
    return ExpenseFilter(TODAY, TODAY, **fields)


def total(wanted, actor=None):
    return sum(expense_sums(actor or make_actor(), wanted, "kind").values())


def test_expense_counts_nothing_but_stays_when_it_is_void():
    admin = make_actor()
    kept, mistaken = add(admin, "100"), add(admin, "999")
    void_expense(actor=admin, expense_id=mistaken.pk, reason=" Saisie deux fois ")
    assert set(expenses(admin, day())) == {kept, mistaken}
    assert expense_sums(admin, day(), "kind") == {("packaging",): 100}
    event = Event.objects.get(name="finance.expense_voided")
    assert (event.subject, event.subject_id, event.reason) == ("finance.expense", mistaken.pk, "Saisie deux fois")
    assert Expense.objects.get(pk=mistaken.pk).void_reason == "Saisie deux fois"


def test_expense_is_not_voided_twice_when_asked_twice():
    admin = make_actor()
    expense = add(admin)
    void_expense(actor=admin, expense_id=expense.pk, reason="Erreur")
    with pytest.raises(Conflict):
        void_expense(actor=admin, expense_id=expense.pk, reason="Erreur")


def test_expense_is_kept_when_no_reason_is_given():
    expense = add()
    with pytest.raises(Invalid):
        void_expense(actor=make_actor(), expense_id=expense.pk, reason="  ")
    expense.refresh_from_db()
    assert not expense.is_void


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "yacht"}, "kind"),
        ({"every": "hour"}, "every"),
        ({"share": "mood"}, "share"),
        ({"amount": Decimal(0)}, "amount"),
        ({"amount": Decimal("0.004")}, "amount"),
        ({"amount": Decimal(-5)}, "amount"),
        ({"amount": Decimal("NaN")}, "amount"),
        ({"amount": Decimal(1_000_001)}, "amount"),
        ({"spent_on": TODAY + timedelta(days=1)}, "spent_on"),
        ({"spent_on": TODAY + timedelta(days=400), "every": "month"}, "spent_on"),
        ({"last_on": TODAY - timedelta(days=1)}, "last_on"),
        ({"last_on": TODAY + timedelta(days=5000)}, "last_on"),
        ({"product_id": 0}, "product"),
        ({"shares": {1: Decimal(1)}}, "shares"),
        ({"shares": {1: Decimal("0.5"), 2: Decimal("0.4")}}, "shares"),
        ({"shares": {1: Decimal("1.5"), 2: Decimal("-0.5")}}, "shares"),
        ({"shares": {1: Decimal("0.33333"), 2: Decimal("0.66667")}}, "shares"),
        ({"shares": {1: Decimal("0.5"), 2: Decimal("0.5")}, "product_id": 1}, "shares"),
        ({"shares": {-1: Decimal("0.5"), -2: Decimal("0.5")}}, "product"),
    ],
)
def test_expense_is_refused_when_absurd(fields, field):
    with pytest.raises(Invalid) as caught:
        add(**fields)
    assert caught.value.field == field
    assert str(caught.value)
    assert not Expense.objects.exists()


def test_none_is_written_when_one_of_several_is_wrong():
    right = ExpenseData("rent", Decimal(5), TODAY)
    wrong = ExpenseData("rent", Decimal(5), TODAY, product_id=-1)
    with pytest.raises(Invalid):
        add_expenses(actor=make_actor(), expenses=[right, wrong])
    assert not Expense.objects.exists()
    assert add_expenses(actor=make_actor(), expenses=[]) == []


def test_recurring_expense_may_begin_later_when_it_is_planned():
    expense = salary(first=TODAY + timedelta(days=20))
    assert expense.is_recurring
    assert expense.last_on is None


def test_single_day_has_no_last_day_when_both_are_the_same():
    assert add(last_on=TODAY).last_on is None


def test_sums_stand_by_kind_month_and_expense_when_there_are_several():
    admin, variant = make_actor(), make_variant()
    rent = add(admin, "20", kind="rent")
    for amount, fields in [
        ("10", {}),
        ("5", {"product_id": variant.product_id}),
        ("7", {"spent_on": date(2025, 1, 1)}),
    ]:
        add(admin, amount, **fields)
    assert expense_sums(admin, day(), "kind") == {("packaging",): 15, ("rent",): 20}
    assert expense_sums(admin, day(), "expense", ids=[rent.pk]) == {(rent.pk,): 20}
    assert expense_sums(admin, day(), "month", "kind")[TODAY.replace(day=1), "rent"] == 20


def test_full_months_cost_the_amount_when_a_salary_goes_on():
    salary("1000")
    for first, last in [(date(2026, 2, 1), date(2026, 2, 28)), (date(2028, 2, 1), date(2028, 2, 29))]:
        assert total(ExpenseFilter(first, last)) == 1000


def test_rest_of_the_month_costs_nothing_when_a_salary_is_stopped():
    admin = make_actor()
    expense = salary()
    stop_expense(actor=admin, expense_id=expense.pk, last_on=date(2026, 1, 10))
    assert total(JANUARY) == 1000
    assert total(ExpenseFilter(date(2026, 2, 1), date(2026, 12, 31))) == 0
    assert not expenses(admin, ExpenseFilter(date(2026, 2, 1), date(2026, 2, 28))).exists()
    stop_expense(actor=admin, expense_id=expense.pk, last_on=date(2026, 1, 31))
    assert total(JANUARY) == 3100
    events = Event.objects.filter(name="finance.expense_stopped").order_by("id")
    assert [event.changes["last_on"] for event in events] == [[None, "2026-01-10"], ["2026-01-10", "2026-01-31"]]


def test_nothing_is_written_when_it_is_stopped_on_the_same_day_again():
    expense = salary()
    for _time in range(2):
        stop_expense(actor=make_actor(), expense_id=expense.pk, last_on=date(2026, 1, 10))
    assert Event.objects.filter(name="finance.expense_stopped").count() == 1


def test_stop_is_refused_when_it_makes_no_sense():
    admin, once, monthly = make_actor(), add(), salary()
    with pytest.raises(Conflict):
        stop_expense(actor=admin, expense_id=once.pk, last_on=TODAY)
    with pytest.raises(Invalid) as caught:
        stop_expense(actor=admin, expense_id=monthly.pk, last_on=date(2025, 12, 31))
    assert caught.value.field == "last_on"
    void_expense(actor=admin, expense_id=monthly.pk, reason="Erreur")
    with pytest.raises(Conflict):
        stop_expense(actor=admin, expense_id=monthly.pk, last_on=TODAY)


def test_new_one_takes_the_place_when_an_expense_is_corrected():
    admin, old = make_actor(), salary()
    data = ExpenseData("salaries", Decimal(6200), date(2026, 1, 1), every="month")
    new = correct_expense(actor=admin, expense_id=old.pk, data=data, reason="Augmentation")
    assert total(JANUARY) == 6200
    old.refresh_from_db()
    assert (old.is_void, old.void_reason, new.replaces_id, old.replacement) == (True, "Augmentation", old.pk, new)
    with pytest.raises(Conflict):
        correct_expense(actor=admin, expense_id=old.pk, data=data, reason="Encore")
    assert total(JANUARY) == 6200


def test_old_one_stays_when_its_correction_is_wrong():
    old = salary()
    with pytest.raises(Invalid):
        correct_expense(
            actor=make_actor(), expense_id=old.pk, data=ExpenseData("rent", Decimal(0), TODAY), reason="Erreur"
        )
    assert total(JANUARY) == 3100


def test_only_its_part_counts_when_a_product_is_asked_for():
    admin, one, two = make_actor(), make_variant(), make_variant()
    expense = salary("1000", shares={one.product_id: Decimal("0.25"), two.product_id: Decimal("0.75")})
    add(admin, "40", spent_on=date(2026, 1, 5), product_id=two.product_id)
    add(admin, "7", spent_on=date(2026, 1, 5))
    wanted = ExpenseFilter(JANUARY.first, JANUARY.last, product_id=one.product_id)
    assert total(wanted) == 250
    assert list(expenses(admin, wanted)) == [expense]
    assert total(ExpenseFilter(JANUARY.first, JANUARY.last, product_id=two.product_id)) == 790


def test_list_follows_the_filters_when_they_are_set():
    admin, monthly = make_actor(), salary()
    once = add(admin, spent_on=date(2026, 1, 31))
    long = add(admin, kind="rent", spent_on=date(2025, 12, 1), last_on=date(2026, 1, 1))

    def listed(**fields):
        return list(expenses(admin, ExpenseFilter(JANUARY.first, JANUARY.last, **fields)))

    assert listed() == [once, monthly, long]
    assert listed(kind="rent") == [long]
    assert listed(is_recurring=True) == [monthly]
    assert listed(is_recurring=False) == [once, long]
    assert list(expenses(admin, ExpenseFilter(date(2026, 2, 1), date(2026, 2, 1)))) == [monthly]


def test_cost_is_known_beforehand_when_it_is_only_typed():
    facts = (Decimal(100), "month", date(2026, 4, 11), None)
    assert typed_cost(*facts, first=date(2026, 4, 1), last=date(2026, 4, 30)) == Decimal("66.67")
    assert typed_cost(*facts, first=date(2026, 4, 12), last=date(2026, 4, 12)) == Decimal("3.33")
    assert typed_cost(*facts, first=date(2026, 3, 1), last=date(2026, 3, 31)) == 0


@pytest.mark.parametrize("role", ["supervisor", "agent", "buyer"])
def test_expenses_are_closed_when_the_role_is_not_admin(role):
    other, expense = make_actor(role), salary()
    data = ExpenseData("rent", Decimal(5), TODAY)
    for call in (
        lambda: add(other),
        lambda: void_expense(actor=other, expense_id=expense.pk, reason="Non"),
        lambda: stop_expense(actor=other, expense_id=expense.pk, last_on=TODAY),
        lambda: correct_expense(actor=other, expense_id=expense.pk, data=data, reason="Non"),
    ):
        with pytest.raises(NotAllowed):
            call()
    assert not expenses(other, JANUARY).exists()
    assert expense_sums(other, JANUARY, "kind") == {}


def test_expense_is_not_found_when_it_does_not_exist():
    with pytest.raises(NotFound):
        void_expense(actor=make_actor(), expense_id=0, reason="Rien")
