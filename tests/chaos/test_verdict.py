"""The verdict sees what `make chaos` looks for; all being well it says nothing."""

import pytest
from django.db import connection

from commanda.audit.models import Event
from commanda.confirmation.services.log_call import log_call
from tests.chaos.load import Journal
from tests.chaos.verdict import calls_of, moves_of, orders_of, stuck
from tests.factories import make_actor, make_order, make_variant

pytestmark = pytest.mark.django_db
PHONE, LOST = "0611111111", "0622222222"


def journal(kind, *whats, is_acknowledged=True):
    kept = Journal()
    kept.note(kind, *whats, is_acknowledged=is_acknowledged)
    return {"acknowledged": kept.acknowledged, "doubtful": kept.doubtful}


@pytest.fixture
def order():
    return make_order(make_variant(stock=5), phone_e164="+212611111111", state="confirmed")


def test_order_is_missed_when_it_was_acknowledged_only(order):
    assert list(orders_of(journal("order", PHONE))) == []
    assert list(orders_of(journal("order", PHONE, LOST))) == [f"order: acknowledged but lost: 1, such as ['{LOST}']"]
    assert list(orders_of(journal("order", LOST, is_acknowledged=False))) == []


@pytest.mark.parametrize("is_acknowledged", [True, False])
def test_order_is_seen_when_it_is_there_twice(order, is_acknowledged):
    make_order(make_variant(), phone_e164="+212611111111")
    (said,) = orders_of(journal("hook", PHONE, is_acknowledged=is_acknowledged))
    assert said.startswith("hook: there more than once: 1")


def test_move_is_seen_when_it_is_lost_or_done_twice(order):
    assert list(moves_of(journal("move", [order.reference, "confirmed"]))) == []
    (said,) = moves_of(journal("move", [order.reference, "shipped"]))
    assert said.startswith("move: acknowledged but lost")
    moved = Event.objects.get(name="order.moved", subject_id=order.pk)
    moved.pk = None
    moved.save(force_insert=True)
    (said,) = moves_of(journal("move", [order.reference, "confirmed"]))
    assert said.startswith("move: done more than once")


def test_call_is_seen_when_it_is_lost_or_there_twice():
    order = make_order(make_variant(stock=5))
    (said,) = calls_of(journal("call", order.reference))
    assert said.startswith("call: acknowledged but lost")
    for _time in range(2):
        log_call(actor=make_actor("admin"), order_id=order.pk, outcome="no_answer")
    (said,) = calls_of(journal("call", order.reference))
    assert said.startswith("call: there more than once")


def test_job_is_seen_when_it_is_stuck_or_has_failed():
    assert list(stuck()) == []
    for status in ("todo", "doing", "failed"):
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('default', 'test', %s)",
                [status],
            )
    assert [said.partition(":")[0] for said in stuck()] == ["job stuck", "job failed for good"]
