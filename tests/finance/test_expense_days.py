"""What expenses cost day by day, against a computation of the same from the definition, with fractions."""

from calendar import isleap, monthrange
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commanda.catalog.models import Product
from commanda.finance.expense_sql import EXPENSE_DAYS
from commanda.finance.models import Expense, ExpenseShare
from commanda.kernel.clock import now

pytestmark = pytest.mark.django_db
FIRST = date(2024, 1, 1)
ORIGIN = date(2023, 11, 20)


def days(first, last):
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def asked(first, last):
    """[(day, product, share, amount, expense)] as the database says."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT day, product_id, share, amount, expense_id FROM ({EXPENSE_DAYS}) AS found",
            {"first": first, "last": last},
        )
        return cursor.fetchall()


def by_day(first, last):
    sums = defaultdict(Decimal)
    for day, _product, _share, amount, _expense in asked(first, last):
        sums[day] += amount
    return dict(sums)


def spend(amount, every="once", first=FIRST, last=None, *, parts=(), **fields):
    """An expense straight into the table; `parts` are ratios of new products."""
    expense = Expense.objects.create(
        kind="rent", amount=Decimal(amount), every=every, spent_on=first, last_on=last, created_at=now(), **fields
    )
    products = [Product.objects.create(name=f"P{n}") for n in range(len(parts))]
    ExpenseShare.objects.bulk_create(
        ExpenseShare(expense=expense, product=product, ratio=Decimal(ratio))
        for product, ratio in zip(products, parts, strict=True)
    )
    return expense


# The independent computation: which period a day is in, what its first days have cost, rounded as tills do.


def period_of(expense, day):
    """First day and length."""
    if expense.every == "once":
        return expense.spent_on, ((expense.last_on or expense.spent_on) - expense.spent_on).days + 1
    if expense.every == "week":
        return day - timedelta(days=day.weekday()), 7
    if expense.every == "month":
        return day.replace(day=1), monthrange(day.year, day.month)[1]
    return date(day.year, 1, 1), 366 if isleap(day.year) else 365


def rounded(centimes):
    return (2 * centimes + 1).__floor__() // 2


def cost_of(expense, day, ratio):
    """Centimes of a day for the first `ratio` of the products."""
    begins, length = period_of(expense, day)
    place = (day - begins).days
    whole = Fraction(expense.amount) * 100 * Fraction(ratio)
    return rounded(whole * (place + 1) / length) - rounded(whole * place / length)


def expected(expense, first, last):
    """{(day, product): MAD}."""
    ends = expense.last_on or (expense.spent_on if expense.every == "once" else last)
    shares = list(expense.shares.order_by("product_id")) or [None]
    found = {}
    for day in days(max(first, expense.spent_on), min(last, ends)):
        before = Decimal(0)
        for share in shares:
            upto = before + share.ratio if share else Decimal(1)
            product = share.product_id if share else expense.product_id
            found[day, product] = Decimal(cost_of(expense, day, upto) - cost_of(expense, day, before)) / 100
            before = upto
    return found


amounts = st.integers(1, 10**8).map(lambda centimes: Decimal(centimes) / 100)
offsets = st.integers(0, 800)
ratios = st.lists(st.integers(1, 9999), unique=True, max_size=4).map(
    lambda cuts: [Decimal(b - a) / 10000 for a, b in zip([0, *sorted(cuts)], [*sorted(cuts), 10000], strict=True)]
)


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    amount=amounts,
    every=st.sampled_from(["once", "week", "month", "year"]),
    begins=offsets,
    length=st.none() | st.integers(1, 500),
    parts=ratios,
    from_day=offsets,
    span=st.integers(0, 400),
)
def test_days_are_those_of_the_definition(amount, every, begins, length, parts, from_day, span):
    first = ORIGIN + timedelta(days=from_day)
    last = first + timedelta(days=span)
    spent_on = ORIGIN + timedelta(days=begins)
    ends = spent_on + timedelta(days=length) if length else None
    with transaction.atomic():
        expense = spend(amount, every, spent_on, ends, parts=parts if len(parts) > 1 else ())
        found = {(day, product): amount for day, product, _share, amount, _id in asked(first, last)}
        assert found == expected(expense, first, last)
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("every", "first", "last"),
    [
        ("month", date(2024, 2, 1), date(2024, 2, 29)),
        ("month", date(2025, 2, 1), date(2025, 2, 28)),
        ("month", date(2025, 1, 1), date(2025, 1, 31)),
        ("year", date(2024, 1, 1), date(2024, 12, 31)),
        ("year", date(2025, 1, 1), date(2025, 12, 31)),
        ("week", date(2024, 12, 30), date(2025, 1, 5)),
    ],
)
def test_days_of_a_full_period_add_up_when_their_number_differs(every, first, last):
    spend("100", every, date(2023, 1, 1), parts=["0.3333", "0.3333", "0.3334"])
    sums = by_day(first, last)
    assert (len(sums), sum(sums.values())) == ((last - first).days + 1, 100)
    assert max(sums.values()) - min(sums.values()) <= Decimal("0.01")


def test_parts_of_the_products_add_up_over_a_period_when_they_are_fixed():
    expense = spend("100", "month", parts=["0.1", "0.9"])
    sums = defaultdict(Decimal)
    for _day, product, share, amount, _id in asked(date(2024, 3, 1), date(2024, 3, 31)):
        sums[product] += amount
        assert share is None
    assert [sums[share.product_id] for share in expense.shares.all()] == [10, 90]


def test_one_off_expense_keeps_its_day_when_it_has_no_span():
    spend("99.99", share="orders")
    assert [row[:4] for row in asked(FIRST, FIRST)] == [(FIRST, None, "orders", Decimal("99.99"))]
    assert asked(FIRST + timedelta(days=1), FIRST + timedelta(days=400)) == []
    assert asked(FIRST - timedelta(days=400), FIRST - timedelta(days=1)) == []


def test_part_of_a_month_costs_its_days_only_when_it_begins_late():
    spend("31", "month", date(2024, 1, 30))
    assert by_day(date(2024, 1, 1), date(2024, 2, 1)) == {
        date(2024, 1, 30): 1,
        date(2024, 1, 31): 1,
        date(2024, 2, 1): Decimal("1.07"),
    }


def test_nothing_is_left_when_an_expense_is_void():
    spend("31", "month", is_void=True)
    assert asked(FIRST, FIRST + timedelta(days=60)) == []


def test_amount_has_two_places_when_it_is_read():
    spend("10", "month")
    assert {amount.as_tuple().exponent for _d, _p, _s, amount, _e in asked(FIRST, FIRST + timedelta(days=31))} == {-2}


def test_shares_are_refused_when_they_are_not_the_whole():
    spend("10", parts=["0.4", "0.4"])
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    "column", ["amount = 1", "spent_on = spent_on + 1", "note = 'x'", "product_id = NULL, kind = 'tools'"]
)
def test_expense_is_kept_by_the_database_when_somebody_would_change_it(column):
    spend("10")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE finance_expense SET {column}")
