import pytest

from commanda.accounts.models import User
from commanda.kernel.clock import now
from commanda.kernel.errors import Invalid, NotAllowed
from commanda.orders.models import BulkRun, Order
from commanda.orders.services import bulk
from commanda.orders.services.bulk import LEFT_AFTER, left_runs, preview_bulk, start_bulk, work_bulk
from commanda.stock.models import StockMovement
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db


@pytest.fixture
def supervisor():
    return make_user("supervisor").as_actor()


def ids_of(*orders):
    return [order.pk for order in orders]


def test_preview_tells_what_would_happen_and_changes_nothing(supervisor):
    variant = make_variant(stock=3)
    orders = [make_order((variant, 2)), make_order((variant, 1)), make_order((variant, 1))]
    already, sent = make_order(variant, state="cancelled"), make_order(make_variant(stock=5), state="delivered")
    movements = StockMovement.objects.count()
    found = preview_bulk(
        actor=supervisor, action="move", params={"to": "confirmed"}, order_ids=ids_of(*orders, already, sent)
    )
    assert (found.order_qty, found.looked_at) == (5, 5)
    assert (found.changed_qty, found.unchanged_qty, found.refused_qty) == (2, 0, 3)
    assert found.reserved_qty == 3
    assert StockMovement.objects.count() == movements
    assert set(Order.objects.filter(pk__in=ids_of(*orders)).values_list("stage", flat=True)) == {"new"}


def test_a_run_answers_for_each_order(supervisor):
    variant = make_variant(stock=1)
    first, second, done = make_order(variant), make_order(variant), make_order(make_variant(stock=1), state="confirmed")
    run = start_bulk(actor=supervisor, action="move", params={"to": "confirmed"}, order_ids=ids_of(first, second, done))
    run = work_bulk(actor=supervisor, run_id=run.pk)
    assert (run.done_qty, run.changed_qty, run.unchanged_qty) == (3, 1, 1)
    assert [pk for pk, _text in run.refused] == [second.pk]
    assert run.finished_at is not None


def test_tags_are_added_and_taken_away_and_an_order_with_too_many_says_so(supervisor):
    variant = make_variant()
    full = make_order(variant, tags=tuple(f"t{number}" for number in range(20)))
    plain = make_order(variant)
    run = start_bulk(actor=supervisor, action="tag", params={"tags": ["vip"]}, order_ids=ids_of(full, plain))
    run = work_bulk(actor=supervisor, run_id=run.pk)
    assert [pk for pk, _text in run.refused] == [full.pk]
    plain.refresh_from_db()
    assert plain.tags == ["vip"]
    run = start_bulk(actor=supervisor, action="untag", params={"tags": ["vip"]}, order_ids=ids_of(plain))
    work_bulk(actor=supervisor, run_id=run.pk)
    plain.refresh_from_db()
    assert plain.tags == []


def test_an_interrupted_run_goes_on_where_it_stopped(supervisor, monkeypatch):
    monkeypatch.setattr(bulk, "PIECE", 2)
    variant = make_variant(stock=9)
    orders = [make_order(variant) for _number in range(5)]
    run = start_bulk(actor=supervisor, action="move", params={"to": "confirmed"}, order_ids=ids_of(*orders))
    half = work_bulk(actor=supervisor, run_id=run.pk, pieces=1)
    assert (half.done_qty, half.finished_at) == (2, None)
    assert left_runs() == []
    BulkRun.objects.update(updated_at=now() - 2 * LEFT_AFTER)
    assert [left.pk for left in left_runs()] == [run.pk]
    done = work_bulk(actor=supervisor, run_id=run.pk)
    assert (done.done_qty, done.changed_qty) == (5, 5)
    assert work_bulk(actor=supervisor, run_id=run.pk).changed_qty == 5  # once more does nothing
    assert StockMovement.objects.filter(order_id__in=ids_of(*orders)).count() == 5


def test_what_has_become_impossible_is_told_for_each_order(supervisor):
    agent = make_user("agent")
    order = make_order(make_variant())
    run = start_bulk(actor=supervisor, action="assign", params={"agent": agent.pk}, order_ids=[order.pk])
    User.objects.filter(pk=agent.pk).update(is_active=False)
    run = work_bulk(actor=supervisor, run_id=run.pk)
    assert (run.changed_qty, len(run.refused)) == (0, 1)


def test_orders_of_others_are_refused(supervisor):
    agent = make_user("agent").as_actor()
    foreign = make_order(make_variant())
    found = preview_bulk(actor=agent, action="tag", params={"tags": ["x"]}, order_ids=[foreign.pk])
    assert (found.changed_qty, found.refused_qty) == (0, 1)
    with pytest.raises(NotAllowed):
        preview_bulk(actor=agent, action="assign", params={"agent": None}, order_ids=[foreign.pk])


@pytest.mark.parametrize(
    ("action", "order_ids", "code"),
    [("move", [], "no_orders"), ("burn", [1], "unknown_action"), ("move", range(1, 20_003), "too_many")],
)
def test_nonsense_is_refused(supervisor, action, order_ids, code):
    with pytest.raises(Invalid) as caught:
        start_bulk(actor=supervisor, action=action, params={}, order_ids=list(order_ids))
    assert caught.value.code == code
