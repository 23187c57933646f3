"""Orders that a program sends: signatures, answers, what is kept, what becomes of it."""

from datetime import timedelta

import pytest

from commanda.intake import tasks
from commanda.intake.models import HookDelivery, ImportRun, StagedRow
from commanda.intake.selectors import source_health, sources_with_deliveries
from commanda.intake.services import hooks_take_in
from commanda.intake.services.hooks_take_in import drop_old_deliveries, retry_delivery
from commanda.intake.services.poll_source import poll_source
from commanda.intake.services.sources import set_active
from commanda.kernel.clock import now, time_is
from commanda.kernel.errors import Busy
from commanda.orders.models import Order
from tests.factories import make_variant
from tests.intake.hook_helpers import SYSTEM, as_body, make_hook, order, send, take_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def watch():
    return make_variant(name="Montre Atlas", sku="ATLAS", price="199.00")


@pytest.fixture
def hook():
    return make_hook()


def queued(monkeypatch):
    asked = []
    monkeypatch.setattr("commanda.intake.services.hooks_receive.queue_reading", asked.append)
    return asked


def test_order_is_made_when_a_signed_body_was_sent(hook):
    source, secret = hook
    answer = send(source, secret, order(1), delivery="d-1")
    assert (answer.status_code, answer.json()) == (202, {"delivery": "d-1"})
    assert not Order.objects.exists()
    run = take_in(source)
    made = Order.objects.get()
    assert (made.phone_e164, made.customer_name, made.channel) == ("+212600000001", "Client Exemple 1", "api")
    assert (run.trigger, run.new_qty) == ("hook", 1)
    kept = HookDelivery.objects.get()
    assert (kept.status, kept.run, kept.body) == ("done", run, as_body(order(1)).decode())
    source.refresh_from_db()
    assert source.mapping["columns"]["phone"]["header"] == "customer.phone"
    assert source.last_success_at is not None


def test_worker_is_asked_in_the_same_transaction_when_something_came(hook, monkeypatch):
    asked = queued(monkeypatch)
    source, secret = hook
    send(source, secret, order(1))
    assert asked == [source.pk]


@pytest.mark.parametrize(
    "data",
    [
        [order(1), order(2)],
        {"rows": [order(1), order(2)]},
        {
            "header": ["N°", "Nom", "Téléphone", "Produit", "Qté", "Total"],
            "rows": [[n, f"Client Exemple {n}", f"06{n:08d}", "Montre Atlas", 1, "199,00"] for n in (1, 2)],
        },
        {"rows": [["Nom", "Téléphone", "Produit"], *([f"Client {n}", f"06{n:08d}", "ATLAS"] for n in (1, 2))]},
        [{"nom": "É", "téléphone": f"06{n:08d}", "produit": "ATLAS", "meta": {"a": [1, {"b": None}]}} for n in (1, 2)],
    ],
)  # fmt: skip
def test_orders_are_made_when_rows_come_in_any_shape(hook, data):
    source, secret = hook
    assert send(source, secret, data).status_code == 202
    take_in(source)
    assert sorted(Order.objects.values_list("phone_e164", flat=True)) == ["+212600000001", "+212600000002"]


def test_one_order_of_two_lines_is_made_when_an_order_lists_its_items(hook):
    make_variant(name="Sac Rif", sku="SAC", price="100.00")
    source, secret = hook
    lines = [{"sku": "ATLAS", "quantity": 2, "price": 199}, {"sku": "SAC", "quantity": 1, "price": 100}]
    shop = {
        "id": 820, "name": "#1001", "total_price": "498.00", "line_items": lines, "note_attributes": [],
        "billing": {"name": "Qui Paie", "phone": "0699999999"},
        "shipping_address": {"name": "Qui Reçoit", "phone": "0611111111", "city": "Rabat", "address1": "1 rue"},
    }  # fmt: skip
    send(source, secret, shop)
    take_in(source)
    made = Order.objects.get()
    assert (made.total_amount, made.customer_name, made.phone_e164) == (498, "Qui Reçoit", "+212611111111")
    assert sorted(made.lines.values_list("sku", "quantity")) == [("ATLAS", 2), ("SAC", 1)]


def test_nobody_gets_two_parcels_when_lines_have_no_order_number(hook):
    source, secret = hook
    send(source, secret, {"phone": "0611111111", "items": [{"sku": "ATLAS", "price": 5}, {"sku": "ATLAS", "price": 5}]})
    take_in(source)
    assert Order.objects.count() == 1
    assert StagedRow.objects.filter(status="rejected").count() == 1


@pytest.mark.parametrize("delivery", ["d-1", ""])
def test_nothing_is_doubled_when_the_same_delivery_comes_again(hook, delivery):
    source, secret = hook
    at = now()
    first = send(source, secret, order(1), delivery=delivery, at=at)
    again = send(source, secret, order(1), delivery=delivery, at=at)
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json() == again.json()
    take_in(source)
    assert send(source, secret, order(1), delivery=delivery, at=at).status_code == 200
    assert take_in(source) is None
    assert (HookDelivery.objects.count(), Order.objects.count()) == (1, 1)


def test_nothing_is_doubled_when_the_same_body_is_signed_anew(hook):
    source, secret = hook
    body = {"header": ["Nom", "Téléphone", "Produit"], "rows": [["A B", "0612345678", "ATLAS"]]}
    for seconds in (3, 2, 1):
        assert send(source, secret, body, at=now() - timedelta(seconds=seconds)).status_code == 202
    run = take_in(source)
    send(source, secret, body)
    take_in(source)
    assert (run.new_qty, Order.objects.count(), HookDelivery.objects.count()) == (1, 1, 4)


def test_both_are_orders_when_one_delivery_says_the_same_twice(hook):
    source, secret = hook
    row = {"phone": "0612345678", "product": "ATLAS"}
    send(source, secret, [row, row], at=now() - timedelta(seconds=9))
    send(source, secret, [row])
    take_in(source)
    assert Order.objects.count() == 2


def test_deliveries_are_one_run_in_the_order_of_their_signatures_when_several_wait(hook):
    source, secret = hook
    moment = now()
    send(source, secret, order(1, quantity=3, total=500), at=moment)
    send(source, secret, order(1), at=moment - timedelta(seconds=20))
    send(source, secret, order(2), at=moment - timedelta(seconds=10))
    take_in(source)
    assert ImportRun.objects.count() == 1
    assert Order.objects.count() == 2
    assert Order.objects.get(phone_e164="+212600000001").lines.get().quantity == 3


def test_newest_word_counts_when_an_older_delivery_comes_late(hook):
    source, secret = hook
    moment = now()
    send(source, secret, order(1, quantity=3, total=500), at=moment)
    take_in(source)
    send(source, secret, [order(1), order(2)], at=moment - timedelta(seconds=60))
    take_in(source)
    assert Order.objects.count() == 2
    assert Order.objects.get(phone_e164="+212600000001").lines.get().quantity == 3


def test_order_follows_when_a_later_delivery_changes_it(hook):
    source, secret = hook
    send(source, secret, order(1), at=now() - timedelta(seconds=5))
    take_in(source)
    send(source, secret, order(1, product="Montre Atlas", quantity=2, total=350))
    take_in(source)
    assert (Order.objects.get().total_amount, Order.objects.get().lines.get().quantity) == (350, 2)


@pytest.mark.parametrize(
    "data",
    [
        {"phone": "0612345678\0", "product": "ATLAS\ud800", "x\0": "y", "n": 1e400, "big": 10**60},
        {"phone": "0612345678", "product": "ATLAS", **{f"k{n}": n for n in range(300)}},
        {"phone": "0612345678", "product": "ATLAS", "deep": {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {}}}}}}}}}},
        {"phone": "0612345678", "product": "ATLAS", "a": [[1], [2]], "b": [{"x": 1}], "c": True, "d": None},
    ],
)  # fmt: skip
def test_strange_values_do_no_harm_when_they_are_sent(hook, data):
    import json

    source, secret = hook
    assert send(source, secret, json.dumps(data).encode()).status_code == 202
    take_in(source)
    assert HookDelivery.objects.get().status == "done"
    assert Order.objects.get().phone_e164 == "+212612345678"


def test_deliveries_wait_until_it_goes_on_when_the_source_is_paused(hook):
    source, secret = hook
    set_active(actor=SYSTEM, source_id=source.pk, is_active=False)
    assert send(source, secret, order(1)).status_code == 202
    assert take_in(source) is None
    assert sources_with_deliveries() == []
    set_active(actor=SYSTEM, source_id=source.pk, is_active=True)
    assert poll_source(actor=SYSTEM, source_id=source.pk).new_qty == 1


def test_deliveries_wait_for_a_person_when_their_names_say_nothing(hook):
    source, secret = hook
    send(source, secret, {"a": "Client", "b": "0612345678", "c": "zzz"})
    assert take_in(source) is None
    source.refresh_from_db()
    health = source_health(SYSTEM, source)
    assert (source.mapping, health.state, health.delivery_qty) == (None, "unfinished", 1)
    assert sources_with_deliveries() == [source.pk]
    with time_is(now() + timedelta(hours=1)):
        assert sources_with_deliveries() == []


def test_row_waits_in_the_inbox_with_its_reason_when_it_cannot_become_an_order(hook):
    source, secret = hook
    send(source, secret, [order(1), order(2, product="Tapis volant")])
    run = take_in(source)
    assert (run.new_qty, run.rejected_qty) == (1, 1)
    assert StagedRow.objects.get(status="rejected").problems[0]["code"] == "unknown_product"


def test_absent_key_is_an_empty_cell_when_the_mapping_knows_it(hook):
    source, secret = hook
    send(source, secret, order(1))
    take_in(source)
    send(source, secret, {"order_id": "W9", "customer": {"phone": "0612345678"}, "product": "ATLAS"})
    assert take_in(source).new_qty == 1


def test_other_deliveries_go_on_when_one_cannot_be_taken_in(hook, monkeypatch):
    source, secret = hook
    send(source, secret, order(1), at=now() - timedelta(seconds=3))
    take_in(source)
    for number in (2, 3, 4):
        send(source, secret, order(number), delivery=f"d-{number}", at=now() - timedelta(seconds=9 - number))
    execute = hooks_take_in.execute

    def poisoned(**arguments):
        if any("W3" in map(str, row) for row in arguments["reader"].rows()):
            raise ValueError("poison")
        return execute(**arguments)

    monkeypatch.setattr(hooks_take_in, "execute", poisoned)
    take_in(source)
    assert Order.objects.count() == 3
    failed = HookDelivery.objects.get(status="failed")
    assert (failed.delivery_id, failed.error_code) == ("d-3", "internal")
    monkeypatch.undo()
    retry_delivery(actor=SYSTEM, source_id=source.pk, delivery_id=failed.pk)
    take_in(source)
    assert Order.objects.count() == 4


def test_delivery_waits_for_the_next_time_when_a_trouble_passes(hook, monkeypatch):
    source, secret = hook
    send(source, secret, order(1))

    def busy(**_arguments):
        raise Busy

    monkeypatch.setattr(hooks_take_in, "execute", busy)
    with pytest.raises(Busy):
        take_in(source)
    tasks.read_source(source.pk)
    assert HookDelivery.objects.get().status == "waiting"
    assert sources_with_deliveries() == [source.pk]
    monkeypatch.undo()
    tasks.read_source(source.pk)
    assert Order.objects.count() == 1


def test_nothing_is_lost_when_the_job_of_a_delivery_is_gone(hook, monkeypatch):
    source, secret = hook
    queued(monkeypatch)
    send(source, secret, order(1))
    asked = []
    monkeypatch.setattr(tasks, "queue_reading", asked.append)
    tasks.poll_due_sources(0)
    assert asked == [source.pk]


def test_more_deliveries_than_one_run_takes_are_all_taken_in(hook, monkeypatch):
    monkeypatch.setattr(hooks_take_in, "TOGETHER", 2)
    source, secret = hook
    for number in range(5):
        send(source, secret, order(number), at=now() - timedelta(seconds=9 - number))
    take_in(source)
    assert (Order.objects.count(), ImportRun.objects.count()) == (5, 3)


def test_old_deliveries_go_when_they_were_taken_in_a_month_ago(hook):
    source, secret = hook
    send(source, secret, order(1))
    take_in(source)
    assert drop_old_deliveries() == 0
    with time_is(now() + timedelta(days=31)):
        assert drop_old_deliveries() == 1
    assert StagedRow.objects.count() == 1


def test_health_tells_how_long_an_order_took_from_its_sender(hook):
    source, secret = hook
    send(source, secret, order(1))
    with time_is(now() + timedelta(seconds=40)):
        take_in(source)
        source.refresh_from_db()
        health = source_health(SYSTEM, source)
        assert 39 < health.row_to_order.total_seconds() < 45
        assert (health.state, health.lag) == ("ok", None)
