"""Queries that are built once give what the same query built anew gives."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest
from django.db import connections
from django.db.models import Count, Value
from django.test.utils import CaptureQueriesContext

from commanda.kernel.clock import now
from commanda.kernel.prepared import Param, Prepared, any_of, attach, prepared
from commanda.orders.models import Order, OrderLine
from tests.factories import make_order, make_variant


@pytest.fixture
def orders(db):
    variant = make_variant(stock=9)
    return [make_order(variant, customer_name=name) for name in ("Imane", "Badr", "Chama")]


def test_rows_are_those_of_the_query_when_values_are_given(orders, django_assert_num_queries):
    rows = Order.objects.select_related("state").filter(customer_name=Param("name"), created_at__lte=Param("at"))
    found = Prepared(rows)
    with django_assert_num_queries(2):
        assert [order.state.stage for order in found.all(name="Badr", at=now())] == ["new"]
        assert found.all(name="Badr", at=now() - timedelta(days=1)) == []
    assert found.first(name="Chama", at=now()) == orders[2]
    assert found.first(name="Nobody", at=now()) is None


def test_lists_values_and_prefetched_rows_are_read_when_asked(orders):
    ids = [orders[0].pk, orders[2].pk]
    few = Prepared(Order.objects.filter(any_of("pk", "ids")).order_by("pk").prefetch_related("lines"))
    assert [[line.order_id for line in order.lines.all()] for order in few.all(ids=ids)] == [[pk] for pk in ids]
    assert few.all(ids=[]) == []
    names = Prepared(Order.objects.exclude(any_of("pk", "ids")).values_list("customer_name", flat=True))
    assert names.all(ids=ids) == ["Badr"]
    counts = Prepared(Order.objects.filter(any_of("pk", "ids")).order_by().values(one=Value(1)).annotate(n=Count("pk")))
    assert [row["n"] for row in counts.all(ids=ids)] == [2]


@pytest.mark.parametrize("fields", [("pk", "customer_name"), ("pk", "utm", "total_amount"), ("state__slug", "tags")])
def test_tuples_are_those_of_the_query_whatever_their_columns_need(orders, fields):
    Order.objects.update(utm={"source": "tiktok"}, tags=["vip"])
    rows = Order.objects.filter(any_of("pk", "ids")).order_by("pk").values_list(*fields)
    wanted = Order.objects.order_by("pk").values_list(*fields)
    assert Prepared(rows).all(ids=[order.pk for order in orders]) == list(wanted)


def test_attached_rows_are_those_of_a_prefetch(orders, django_assert_num_queries):
    bare = make_order(make_variant())
    OrderLine.objects.filter(order=bare).delete()
    owners = list(Order.objects.order_by("pk"))
    expected = {order.pk: list(order.lines.all()) for order in owners}
    lines = list(OrderLine.objects.order_by("id"))
    with django_assert_num_queries(0):
        attach(owners, "lines", lines)
        assert {order.pk: list(order.lines.all()) for order in owners} == expected
        assert all(line.order is order for order in owners for line in order.lines.all())
    assert expected[bare.pk] == []
    attach([], "lines", [])


def test_a_forgotten_or_unknown_value_is_an_error_when_asked(orders):
    found = Prepared(Order.objects.filter(customer_name=Param("name")))
    for values in ({}, {"name": "Badr", "other": 1}):
        with pytest.raises(KeyError):
            found.all(**values)


def test_a_query_is_built_once_for_each_shape_when_called_often(orders, monkeypatch):
    built = []

    @prepared
    def by_name(newest: bool):
        built.append(newest)
        return Order.objects.filter(customer_name=Param("name")).order_by("-id" if newest else "id")

    for _time in range(3):
        assert by_name(True).first(name="Imane") == by_name(False).first(name="Imane") == orders[0]
    assert built == [True, False]


def test_values_are_bound_and_never_part_of_the_text_when_they_look_like_sql(orders):
    found = Prepared(Order.objects.filter(customer_name=Param("name")))
    assert found.all(name="' OR 1=1 --") == []
    assert found.all(name="%s") == []


@pytest.mark.django_db(transaction=True)
def test_threads_do_not_mix_their_values_when_they_ask_at_once():
    variant = make_variant(stock=99)
    orders = {name: make_order(variant, customer_name=name).pk for name in "abcdefgh"}
    found: Prepared[Order] = Prepared(Order.objects.filter(customer_name=Param("name")))

    def ask(name):
        try:
            return [found.first(name=name).pk for _time in range(40)]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        for name, answers in zip(orders, threads.map(ask, orders), strict=True):
            assert set(answers) == {orders[name]}


def test_statement_is_seen_by_what_counts_statements_when_it_runs(orders):
    found = Prepared(Order.objects.filter(customer_name=Param("name")))
    with CaptureQueriesContext(connections["default"]) as seen:
        found.all(name="Badr")
    assert "customer_name" in seen[0]["sql"]


def statements_kept():
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [statement for (statement,) in cursor.fetchall()]


def test_the_server_keeps_what_a_connection_asks_for_again(orders):
    found = Prepared(Order.objects.filter(customer_name=Param("name")).only("pk"))
    before = len(statements_kept())
    for name, order in zip(("Imane", "Badr", "Chama", "Imane"), [*orders, orders[0]], strict=True):
        assert found.first(name=name) == order
    assert len(statements_kept()) == before + 1
    assert list(Order.objects.filter(customer_name="Badr")) == [orders[1]]
    assert len(statements_kept()) == before + 1  # the ORM's other queries are planned for their values


def test_nothing_is_kept_behind_a_pooler_that_cannot(orders, monkeypatch):
    connection = connections["default"]
    monkeypatch.setattr(connection.connection, "prepare_threshold", None)
    found = Prepared(Order.objects.filter(customer_name=Param("name")).only("reference"))
    before = statements_kept()
    for _time in range(3):
        assert found.first(name="Badr") == orders[1]
    assert statements_kept() == before


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_meanwhile_is_replaced_before_the_first_query_of_a_request():
    connection = connections["default"]
    found = Prepared(Order.objects.filter(customer_name=Param("name")).only("pk"))
    assert found.all(name="Badr") == []
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    connection.health_check_enabled, connection.health_check_done = True, False  # as at the begin of a request
    assert found.all(name="Badr") == []
