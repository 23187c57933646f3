import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from commanda.audit.models import Event
from commanda.confirmation.models import QueueEntry
from commanda.kernel.actor import system_actor
from commanda.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from commanda.orders.services.contact import note_contact
from commanda.orders.services.drafts import LineDraft
from commanda.orders.services.edit import edit_order
from commanda.orders.services.inspect import Verdict, inspect_return
from commanda.orders.services.transition import transition_order, transition_orders
from commanda.stock.errors import OutOfStock
from commanda.stock.models import StockLevel, StockMovement
from tests.factories import make_actor, make_bundle, make_order, make_variant

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")


def level(variant):
    row = StockLevel.objects.get(pk=variant.pk)
    return row.on_hand, row.reserved, row.in_transit, row.quarantine, row.available


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (["confirmed"], (10, 3, 0, 0, 7)),
        (["confirmed", "cancelled"], (10, 0, 0, 0, 10)),
        (["confirmed", "shipped"], (10, 0, 3, 0, 7)),
        (["confirmed", "shipped", "delivered"], (7, 0, 0, 0, 7)),
        (["confirmed", "shipped", "returned"], (10, 0, 3, 0, 7)),
        (["confirmed", "shipped", "delivered", "returned"], (10, 0, 3, 0, 7)),
        (["confirmed", "shipped", "confirmed"], (10, 3, 0, 0, 7)),
        (["confirmed", "shipped", "returned", "delivered"], (7, 0, 0, 0, 7)),
        (["cancelled", "confirmed"], (10, 3, 0, 0, 7)),
    ],
)
def test_stock_follows_the_stage_when_an_order_moves(path, expected):
    variant = make_variant(stock=10)
    order = make_order((variant, 3))
    for state in path:
        transition_order(actor=SYSTEM, order_id=order.pk, to=state, reason_text="essai")
    assert level(variant) == expected


def test_parts_leave_the_stock_when_a_bundle_is_confirmed():
    cup, spoon = make_variant(stock=10), make_variant(stock=10)
    bundle = make_bundle({cup: 1, spoon: 2})
    make_order((bundle, 3), state="confirmed")
    assert level(cup)[1] == 3
    assert level(spoon)[1] == 6


def test_confirm_is_refused_when_stock_is_short():
    variant = make_variant(stock=2)
    order = make_order((variant, 3))
    with pytest.raises(OutOfStock) as caught, translation.override("en"):
        transition_order(actor=SYSTEM, order_id=order.pk, to="confirmed")
    assert caught.value.shortages[0].available == 2
    order.refresh_from_db()
    assert order.stage == "new"
    assert level(variant) == (2, 0, 0, 0, 2)


def test_available_goes_below_zero_when_the_product_sells_without_stock():
    variant = make_variant(allows_backorder=True)
    order = make_order((variant, 3), state="confirmed")
    assert level(variant) == (0, 3, 0, 0, -3)
    with pytest.raises(OutOfStock):  # what is not on the shelf cannot be shipped
        transition_order(actor=SYSTEM, order_id=order.pk, to="shipped")


def test_oldest_orders_get_the_stock_when_it_does_not_suffice_for_all():
    variant = make_variant(stock=2)
    orders = [make_order(variant) for _ in range(3)]
    results = transition_orders(actor=SYSTEM, order_ids=[o.pk for o in reversed(orders)], to="confirmed")
    assert [result.order_id for result in results if result.error] == [orders[2].pk]


def test_levels_are_locked_last_so_that_buyers_of_one_product_wait_for_little():
    order = make_order(make_variant(stock=3))
    told = []

    def tell(execute, sql, params, many, context):
        told.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(tell):
        transition_order(actor=SYSTEM, order_id=order.pk, to="confirmed")
    first = next(place for place, sql in enumerate(told) if "stock_stocklevel" in sql)
    assert all("stock_" in sql for sql in told[first:] if not sql.startswith("RELEASE"))
    assert any("UPDATE orders_order" in sql for sql in told[:first])


def test_nothing_is_written_twice_when_a_bulk_move_meets_a_shortage():
    variant = make_variant(stock=1)
    ids = [make_order(variant).pk for _number in range(3)]
    transition_orders(actor=SYSTEM, order_ids=ids, to="confirmed")
    assert list(Event.objects.filter(name="order.moved").values_list("subject_id", flat=True)) == ids[:1]
    assert StockMovement.objects.filter(order_id__in=ids).count() == 1
    assert set(QueueEntry.objects.values_list("order_id", flat=True)) == set(ids[1:])


def test_a_bulk_move_takes_the_same_queries_for_2_and_40_orders(django_assert_num_queries):
    variant = make_variant(stock=100)
    few, many = [make_order(variant) for _ in range(2)], [make_order(variant) for _ in range(40)]
    with CaptureQueriesContext(connection) as small:
        transition_orders(actor=SYSTEM, order_ids=[o.pk for o in few], to="confirmed")
    with CaptureQueriesContext(connection) as large:
        results = transition_orders(actor=SYSTEM, order_ids=[o.pk for o in many], to="confirmed")
    assert not [result for result in results if result.error]
    assert len(large) == len(small) <= 15


def test_an_illegal_move_is_refused_when_the_graph_has_no_such_edge():
    order = make_order(make_variant(stock=1))
    # The states' names are of the language in force when it is refused.
    with translation.override("fr"), pytest.raises(Conflict) as caught:
        transition_order(actor=SYSTEM, order_id=order.pk, to="delivered")
    assert caught.value.code == "illegal_move"
    with translation.override("fr"):
        assert "« Nouvelle »" in str(caught.value)


def test_a_stale_caller_is_refused_when_the_state_changed_meanwhile():
    order = make_order(make_variant(stock=1), state="confirmed")
    with pytest.raises(Conflict) as caught:
        transition_order(actor=SYSTEM, order_id=order.pk, to="cancelled", expected="new", reason_text="x")
    assert caught.value.code == "state_changed"


def test_cancelling_needs_a_reason_when_none_is_given():
    order = make_order(make_variant(stock=1))
    with pytest.raises(Invalid) as caught:
        transition_order(actor=SYSTEM, order_id=order.pk, to="cancelled")
    assert caught.value.code == "reason_needed"


def test_agent_must_log_a_contact_before_confirming():
    agent = make_actor("agent")
    order = make_order(make_variant(stock=1), assignee_id=agent.user_id)
    with pytest.raises(Conflict) as caught:
        transition_order(actor=agent, order_id=order.pk, to="confirmed")
    assert caught.value.code == "not_contacted"
    note_contact(actor=agent, order_id=order.pk)
    transition_order(actor=agent, order_id=order.pk, to="confirmed")


def test_agent_cannot_move_an_order_when_it_is_somebody_elses():
    order = make_order(make_variant(stock=1), assignee_id=make_actor("agent").user_id)
    with pytest.raises(NotFound):
        transition_order(actor=make_actor("agent"), order_id=order.pk, to="to_confirm")


def test_agent_cannot_ship_when_only_supervisors_may():
    agent = make_actor("agent")
    order = make_order(make_variant(stock=1), state="confirmed", assignee_id=agent.user_id)
    with pytest.raises(NotAllowed):
        transition_order(actor=agent, order_id=order.pk, to="shipped")


def test_history_and_queue_follow_when_an_order_is_confirmed():
    order = make_order(make_variant(stock=1))
    assert QueueEntry.objects.filter(order=order).exists()
    transition_order(actor=SYSTEM, order_id=order.pk, to="confirmed")
    assert not QueueEntry.objects.filter(order=order).exists()
    event = Event.objects.filter(subject="order", subject_id=order.pk).latest("id")
    assert event.changes == {"state": ["new", "confirmed"]}


def test_reservation_moves_by_the_difference_when_a_confirmed_order_is_edited():
    old, new = make_variant(stock=5), make_variant(stock=5)
    order = make_order((old, 3), state="confirmed")
    edit_order(actor=SYSTEM, order_id=order.pk, lines=[LineDraft(old.pk, 1), LineDraft(new.pk, 4, is_upsell=True)])
    assert level(old)[1] == 1
    assert level(new)[1] == 4
    order.refresh_from_db()
    assert order.total_amount == old.price_amount + 4 * new.price_amount


def test_edit_is_refused_when_the_order_has_left_the_house():
    order = make_order(make_variant(stock=1), state="shipped")
    with pytest.raises(Conflict) as caught:
        edit_order(actor=SYSTEM, order_id=order.pk, fields={"address": "Ailleurs"})
    assert caught.value.code == "order_locked"


def test_units_go_where_the_inspection_says():
    variant = make_variant(stock=10)
    order = make_order((variant, 4), state="returned")
    line = order.lines.get()
    inspect_return(
        actor=SYSTEM, order_id=order.pk, verdicts=[Verdict(line.pk, back_qty=1, quarantine_qty=1, lost_qty=1)]
    )
    assert level(variant) == (8, 0, 1, 1, 7)
    with pytest.raises(Invalid):
        inspect_return(actor=SYSTEM, order_id=order.pk, verdicts=[Verdict(line.pk, back_qty=2)])
    transition_order(actor=SYSTEM, order_id=order.pk, to="delivered")
    assert level(variant) == (6, 0, 0, 0, 6)


def test_agent_cannot_change_a_price():
    agent = make_actor("agent")
    variant = make_variant(stock=5)
    order = make_order(variant, assignee_id=agent.user_id)
    with pytest.raises(NotAllowed):
        edit_order(actor=agent, order_id=order.pk, lines=[LineDraft(variant.pk, 1, unit_price_amount=1)])
