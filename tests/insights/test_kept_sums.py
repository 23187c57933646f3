"""Kept sums say the same as the rows: before, while and after days are counted anew."""

from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from unittest.mock import Mock

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from commanda.finance.services.costs import set_carrier_fee, set_product_cost
from commanda.insights import books, kept
from commanda.insights.books import Book, check_kept_sums
from commanda.insights.compute import figures, grouped
from commanda.insights.families import EDITION, FAMILIES, ONLY_BY_COHORT
from commanda.insights.measures import Dimension
from commanda.insights.models import DailySum, RowChange
from commanda.insights.periods import Period
from commanda.insights.services import keep
from commanda.insights.services.keep import keep_sums, rebuild_sums
from commanda.insights.services.keep_sql import _SLUGS, keep_statement
from commanda.insights.statements import Basis
from commanda.kernel.clock import now, time_is, today
from commanda.kernel.errors import Busy
from commanda.orders.services.transition import transition_order
from commanda.shipping.models import Parcel
from tests.factories import make_order, make_variant
from tests.insights import history, truth
from tests.insights.test_kpi_truth import few, in_a_shop, lives, shop

__all__ = ["shop"]
pytestmark = pytest.mark.django_db
PERIOD = Period(history.FIRST_DAY, history.FIRST_DAY + timedelta(days=9))


def keep_all():
    while keep_sums():
        pass
    assert not RowChange.objects.exists()


def same_as_by_hand(name=""):
    by = (Dimension(name),) if name else ()
    facts = list(truth.facts(by_product=name == "product"))
    for basis in Basis:
        expected = truth.add_up(facts, PERIOD.first, PERIOD.last, basis, by=(name,) if name else ())
        computed = (
            grouped(history.SYSTEM, PERIOD, by, basis=basis)
            if by
            else {(): figures(history.SYSTEM, PERIOD, basis=basis)}
        )
        for key, row in computed.items():
            wanted = truth.kpis(expected.get(key, {}))
            skip = {"expenses", "profit"} if name == "product" else set()
            wrong = {
                slug: (value, wanted[slug])
                for slug, value in row.items()
                if value is not None and slug not in skip and value != wanted[slug]
            }
            assert wrong == {}, (basis, key)


@few
@given(life=lives, later=st.lists(history.stories, max_size=3), name=st.sampled_from(["", "agent", "city", "product"]))
def test_figures_are_true_when_kept_sums_are_old_new_or_mixed(shop, life, later, name):
    def check():
        same_as_by_hand(name)
        keep_all()
        same_as_by_hand(name)
        for place, story in enumerate(later, start=100):
            history.live(shop, story, place)
        same_as_by_hand(name)
        keep_sums(most_orders=1)
        same_as_by_hand(name)
        keep_all()
        same_as_by_hand(name)

    in_a_shop(shop, life, check)


@few
@given(life=lives)
def test_every_family_says_the_same_when_counted_from_the_rows(shop, life):
    def check():
        counted = {
            (name, basis): grouped(history.SYSTEM, PERIOD, (Dimension.DAY, *keys), basis=basis)
            for name, keys in FAMILIES.items()
            for basis in Basis
        }
        keep_all()
        assert check_kept_sums().is_balanced
        for (name, basis), rows in counted.items():
            assert grouped(history.SYSTEM, PERIOD, (Dimension.DAY, *FAMILIES[name]), basis=basis) == rows, name

    in_a_shop(shop, life, check)


def test_nothing_is_counted_when_kept_sums_know_the_days(shop, django_assert_num_queries):
    keep_all()
    with django_assert_num_queries(4) as captured:  # kept sums and whether they are fresh, bonuses, ad spend, expenses
        figures(history.SYSTEM, PERIOD)
    assert not any("FROM orders_order" in query["sql"] for query in captured.captured_queries)


def test_the_book_tells_when_a_kept_sum_is_not_what_the_rows_come_to(shop):
    make_order(make_variant(stock=5), state="delivered")
    assert check_kept_sums().differences == [{"waiting": RowChange.objects.count()}]
    keep_all()
    assert check_kept_sums().is_balanced
    DailySum.objects.filter(family="all", basis="cohort").update(leads=7)
    wrong = [(row["told_by"], row["family"], row["basis"], row["leads"]) for row in check_kept_sums().differences]
    assert wrong == [("counted", "all", "cohort", 1), ("kept", "all", "cohort", 7)]
    rebuild_sums()
    keep_all()
    assert check_kept_sums().is_balanced


def test_edition_is_raised_when_what_is_kept_changes():
    """Raise both together, with the two migrations of `docs/adr/0026`."""
    told = repr([EDITION, [(name, sorted(map(str, keys))) for name, keys in FAMILIES.items()], ONLY_BY_COHORT, _SLUGS])
    assert (EDITION, sha256(told.encode()).hexdigest()[:12]) == (3, "3d73299bcb40")


def test_a_release_of_before_adds_to_no_sum_and_its_figures_stay_right(shop, monkeypatch, settings):
    settings.KEPT_SUMS_LAG_SECONDS = 0
    keep_all()
    make_order(make_variant(stock=5))
    monkeypatch.setattr("commanda.insights.services.keep_sql.EDITION", EDITION - 1)
    keep_statement.cache_clear()
    try:
        with pytest.raises(IntegrityError, match="daily_sum_edition"), transaction.atomic():
            keep_sums()
        assert RowChange.objects.exists()
        wait_for_too_long()
        assert figures(history.SYSTEM, Period(today(), today()))["leads"] == 1
    finally:
        keep_statement.cache_clear()


@pytest.mark.django_db(transaction=True)
def test_an_upgrade_counts_everything_anew_and_figures_are_right_meanwhile(shop, monkeypatch):
    for state in ("new", "delivered"):
        make_order((make_variant(stock=9), 2), make_variant(stock=9), state=state, platform="meta")
    keep_all()
    told = dict(figures(history.SYSTEM, Period(today(), today())))
    call_command("migrate", "insights", "0002", verbosity=0)
    call_command("migrate", "insights", verbosity=0)
    assert not DailySum.objects.exists()
    with monkeypatch.context() as patched:
        patched.setattr(kept, "keep_sums", Mock(side_effect=Busy))
        assert dict(figures(history.SYSTEM, Period(today(), today()))) == told
    keep_all()
    assert DailySum.objects.filter(family="item").exists()
    assert check_kept_sums().is_balanced
    assert dict(figures(history.SYSTEM, Period(today(), today()))) == told


def test_the_past_is_told_anew_when_a_cost_or_a_fee_changes(shop):
    with time_is(history.START):
        order = make_order((shop.variants[0], 3), state="delivered")
        Parcel.objects.create(
            order=order, carrier=shop.carriers[0], cash_amount=1, status="delivered", created_at=now(), closed_at=now()
        )
    keep_all()
    assert figures(history.SYSTEM, PERIOD)["cogs"] == Decimal("30.15")
    set_product_cost(
        actor=history.SYSTEM, variant_id=shop.variants[0].pk, amount=Decimal(20), valid_from_on=history.FIRST_DAY
    )
    set_carrier_fee(
        actor=history.SYSTEM,
        carrier_id=shop.carriers[0].pk,
        delivered_amount=Decimal(1),
        returned_amount=Decimal(2),
        valid_from_on=history.FIRST_DAY,
    )
    keep_all()
    found = figures(history.SYSTEM, PERIOD)
    assert (found["cogs"], found["shipping_cost"]) == (60, 1)
    assert check_kept_sums().is_balanced


def wait_for_too_long():
    RowChange.objects.update(at=now() - kept.MOST_BEHIND - timedelta(seconds=1))


def test_sums_are_shown_as_they_stand_when_much_waits_and_counted_when_it_waits_for_too_long(shop, monkeypatch):
    make_order(make_variant())
    keep_all()
    make_order(make_variant())
    monkeypatch.setattr(kept, "MOST_SECONDS", -1)
    assert figures(history.SYSTEM, Period(today(), today()))["leads"] == 1
    wait_for_too_long()
    assert figures(history.SYSTEM, Period(today(), today()))["leads"] == 2
    assert RowChange.objects.exists()


def test_it_is_told_of_when_figures_are_while_they_are_late(shop):
    make_order(make_variant())
    assert kept.figures_of() is None
    since = now() - kept.TOLD_FROM - timedelta(seconds=1)
    RowChange.objects.update(at=since)
    assert kept.figures_of() == since
    wait_for_too_long()
    assert kept.figures_of() is None  # counted, and so of now
    rebuild_sums()
    assert kept.figures_of() is None
    keep_all()
    assert kept.figures_of() is None


def two_deliveries_and_the_first_back():
    variant = make_variant(stock=9)
    first, second = (make_order(variant, state="delivered", phone_e164="+212612345678") for _number in range(2))
    keep_all()
    transition_order(actor=history.SYSTEM, order_id=first.pk, to="returned", reason_text="x")
    return second


def test_another_order_becomes_the_clients_first_when_the_first_comes_back(shop):
    two_deliveries_and_the_first_back()
    keep_all()
    assert check_kept_sums().is_balanced


def test_sums_go_wrong_when_the_clients_other_orders_are_not_looked_at(shop, monkeypatch):
    monkeypatch.setattr(keep, "_with_their_clients_orders", lambda _cursor, chosen: chosen)
    two_deliveries_and_the_first_back()
    keep_all()
    assert {row["first_orders"] for row in check_kept_sums().differences} == {0, 1}


@pytest.fixture
def cost_that_changes_meanwhile(shop, monkeypatch):
    """The cost changes just when it has been chosen which orders are looked at."""
    variant = make_variant(stock=9)
    for _number in range(2):
        make_order(variant, state="delivered")
    keep_all()
    find = keep._with_their_clients_orders

    def find_and_be_late(cursor, chosen):
        monkeypatch.setattr(keep, "_with_their_clients_orders", find)
        found = find(cursor, chosen)
        set_product_cost(actor=history.SYSTEM, variant_id=variant.pk, amount=Decimal(7), valid_from_on=today())
        return found

    make_order(variant, state="delivered")
    monkeypatch.setattr(keep, "_with_their_clients_orders", find_and_be_late)


def test_orders_are_chosen_again_when_a_cost_changed_meanwhile(cost_that_changes_meanwhile):
    keep_all()
    assert check_kept_sums().is_balanced


def test_sums_go_wrong_when_a_cost_that_changed_meanwhile_is_taken_for_known(cost_that_changes_meanwhile, monkeypatch):
    guard = "SELECT 1 FROM insights_rowchange WHERE order_id IS NULL AND id <> ALL(%(prices)s::bigint[])"
    unguarded = keep.keep_statement().replace(guard, "SELECT 1 WHERE false")
    assert unguarded != keep.keep_statement()
    monkeypatch.setattr(keep, "keep_statement", lambda: unguarded)
    keep_all()
    assert {row["cogs"] for row in check_kept_sums().differences}


def test_figures_are_there_when_sums_cannot_follow(shop, monkeypatch):
    make_order(make_variant())
    for error in (Busy(), DatabaseError("away")):

        def fail(error=error):
            raise error

        monkeypatch.setattr(kept, "keep_sums", fail)
        RowChange.objects.update(at=now())
        assert figures(history.SYSTEM, Period(today(), today()))["leads"] == 0
        wait_for_too_long()
        assert figures(history.SYSTEM, Period(today(), today()))["leads"] == 1


def test_a_reader_leaves_it_to_the_worker_when_more_waits_than_is_added_at_once(shop, monkeypatch):
    variant = make_variant(stock=9)
    for _number in range(3):
        make_order(variant)
    follow = Mock(side_effect=keep_sums)
    monkeypatch.setattr(kept, "keep_sums", follow)
    monkeypatch.setattr(keep, "MOST_ORDERS", 2)
    assert figures(history.SYSTEM, Period(today(), today()))["leads"] == 0
    assert not follow.called
    monkeypatch.setattr(keep, "MOST_ORDERS", 2000)
    assert figures(history.SYSTEM, Period(today(), today()))["leads"] == 3
    assert follow.called


def test_sums_are_compared_without_nested_loops_which_the_planner_would_choose_blindly(monkeypatch):
    seen = []

    def how_planned():
        with connection.cursor() as cursor:
            cursor.execute("SHOW enable_nestloop")
            return cursor.fetchone()[0]

    def check(name, words, sql):
        seen.append(how_planned())
        return Book(name, words)

    monkeypatch.setattr(books, "_check", check)
    check_kept_sums()
    assert [*seen, how_planned()] == ["off", "on"]
