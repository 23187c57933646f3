"""Web hooks over real connections: the same delivery ten times at once, and a process killed while it takes one in."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection, connections
from django.urls import reverse

from commanda.intake.locks import AlreadyRunning
from commanda.intake.models import HookDelivery, ImportRun
from commanda.intake.services import hooks_receive, hooks_take_in
from commanda.kernel.clock import now
from commanda.orders.models import Order
from tests.factories import make_variant
from tests.intake.hook_helpers import as_body, headers_of, make_hook, order, send, take_in

CHILD = Path(__file__).with_name("hook_child.py")
SENDERS = 10


@pytest.fixture(autouse=True)
def watch(transactional_db):
    return make_variant(name="Montre Atlas", sku="ATLAS", price="199.00")


@pytest.fixture
def hook(watch):
    return make_hook()


def post(url, body, headers):
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"{}")


def at_once(url, requests):
    """Send all requests at one moment; the answers in their order."""
    gate = Barrier(len(requests))

    def send(request):
        gate.wait()
        return post(url, *request)

    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(send, requests))


def address(live_server, source):
    return live_server.url + reverse("intake_hook", args=[source.hook_id])


def test_delivery_is_kept_once_when_it_comes_ten_times_at_once(live_server, hook):
    source, secret = hook
    body = as_body(order(1))
    answers = at_once(address(live_server, source), [(body, headers_of(secret, body, delivery="d-1"))] * SENDERS)
    assert sorted(status for status, _told in answers) == [200] * (SENDERS - 1) + [202]
    assert all(told == {"delivery": "d-1"} for _status, told in answers)
    take_in(source)
    assert (HookDelivery.objects.count(), Order.objects.count()) == (1, 1)


def test_delivery_would_be_kept_often_when_nothing_told_it_again(live_server, hook, monkeypatch):
    """The guard off: every delivery gets an id of its own. Row identity alone still makes one order."""
    source, secret = hook
    numbers = iter(range(10**6))
    monkeypatch.setattr(hooks_receive, "_identity", lambda *_told: f"x{next(numbers)}")
    body = as_body(order(1))
    answers = at_once(address(live_server, source), [(body, headers_of(secret, body, delivery="d-1"))] * SENDERS)
    assert [status for status, _told in answers] == [202] * SENDERS
    assert HookDelivery.objects.count() == SENDERS
    take_in(source)
    assert Order.objects.count() == 1


def test_last_signed_word_counts_when_deliveries_come_out_of_order(live_server, hook):
    source, secret = hook
    moment = now()
    requests = []
    for quantity in range(1, SENDERS + 1):
        body = as_body([order(1, quantity=quantity, total=100 * quantity), order(100 + quantity)])
        signed = headers_of(secret, body, delivery=f"d-{quantity}", at=moment - timedelta(seconds=90 - quantity))
        requests.append((body, signed))
    half = [requests[at] for at in (9, 2, 7)]
    assert {status for status, _told in at_once(address(live_server, source), half)} == {202}
    take_in(source)
    rest = [request for request in reversed(requests) if request not in half]
    assert {status for status, _told in at_once(address(live_server, source), rest)} == {202}
    take_in(source)
    assert Order.objects.count() == SENDERS + 1
    assert Order.objects.get(phone_e164="+212600000001").lines.get().quantity == SENDERS


def quantity_after_a_later_word(hook, monkeypatch):
    """What is ordered when another worker takes in a later word just after this one has looked what waits."""
    source, secret = hook
    moment = now()
    send(source, secret, order(1, quantity=2, total=300), at=moment - timedelta(seconds=20))
    find_mapping = hooks_take_in._mapping

    def other_worker():
        try:
            take_in(source)
        except AlreadyRunning:
            pass
        finally:
            connections.close_all()

    def meanwhile(*arguments):
        monkeypatch.setattr(hooks_take_in, "_mapping", find_mapping)
        send(source, secret, order(1, quantity=3, total=500), at=moment)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(other_worker).result()
        return find_mapping(*arguments)

    monkeypatch.setattr(hooks_take_in, "_mapping", meanwhile)
    take_in(source)
    return Order.objects.get().lines.get().quantity


def test_later_word_stays_the_last_when_another_worker_takes_it_in_meanwhile(hook, monkeypatch):
    assert quantity_after_a_later_word(hook, monkeypatch) == 3


def test_later_word_would_be_overruled_when_looking_were_not_locked(hook, monkeypatch):
    monkeypatch.setattr(hooks_take_in, "only_import_of", lambda _source_id: nullcontext())
    assert quantity_after_a_later_word(hook, monkeypatch) == 2


@contextmanager
def taking_in(source):
    """A process that stops in the middle of taking deliveries in, its transaction open."""
    address = urlsplit(os.environ["DATABASE_URL"])
    url = urlunsplit(address._replace(path="/" + connection.settings_dict["NAME"]))
    child = subprocess.Popen(
        [sys.executable, "-W", "ignore", str(CHILD), str(source.pk)],
        env=os.environ | {"DATABASE_URL": url},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def take_in_when_free(source):
    """The server notices the death of a client within moments; until then its lock stands."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return take_in(source)
        except AlreadyRunning:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_nothing_is_lost_or_doubled_when_the_worker_is_killed_half_way(live_server, hook):
    source, secret = hook
    for number in range(40):
        body = as_body(order(number))
        assert post(address(live_server, source), body, headers_of(secret, body))[0] == 202
    with taking_in(source) as child:
        assert "in the middle" in child.stdout.readline()
        assert Order.objects.count() == 20
        body = as_body(order(40))
        assert post(address(live_server, source), body, headers_of(secret, body))[0] == 202
        child.send_signal(signal.SIGKILL)
    assert HookDelivery.objects.filter(status="waiting").count() == 41
    take_in_when_free(source)
    assert Order.objects.count() == 41
    assert HookDelivery.objects.filter(status="done").count() == 41
    assert {run.status for run in ImportRun.objects.all()} == {"failed", "done"}
