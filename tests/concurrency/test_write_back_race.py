"""Workers as real processes: killed −9 in the middle of a poll and of a write-back, and two of them at once."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import Barrier
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connections

from commanda.intake.locks import AlreadyRunning, AlreadyWriting
from commanda.intake.models import StagedRow
from commanda.intake.readers.sheet_editor import SheetEditor
from commanda.intake.services import write_back as service
from commanda.intake.write_back_state import WriteBack
from commanda.kernel.errors import CommandaError
from commanda.orders.models import Order
from tests.factories import make_variant
from tests.fakes.google import FakeGoogle, running
from tests.intake.connected import SHEET, change, column, connect, poll, switch_on, write
from tests.intake.helpers import row, sheet

pytestmark = pytest.mark.django_db(transaction=True)
ROWS, PATIENCE = 60, 180


@pytest.fixture
def google(settings):
    with running(FakeGoogle()) as fake:
        settings.GOOGLE_API_BASE = fake.base
        yield fake


@pytest.fixture
def source(google):
    make_variant(name="Montre Atlas", sku="ATLAS")
    google.add(SHEET, sheet(*(row(number) for number in range(1, ROWS + 1))))
    return connect(google)


def start(google, task, source, speed=""):
    at = urlsplit(os.environ["DATABASE_URL"])
    url = urlunsplit(at._replace(path=f"/{settings.DATABASES['default']['NAME']}"))
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("write_back_child.py")), task, str(source.pk), speed],
        env={
            **os.environ,
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "commanda.config.settings",
            "COMMANDA_GOOGLE_API_BASE": google.base,
        },
        stdout=subprocess.PIPE,
        text=True,
    )


@contextmanager
def killed_in_the_middle(google, task, source):
    """The process stands in the middle of its work during the block; then it is killed."""
    child = start(google, task, source, "slow")
    try:
        assert child.stdout.readline().strip() == "in the middle"
        yield
    finally:
        child.kill()
        child.wait(timeout=20)


def when_free(act, refusal):
    """The server notices the death of a client within moments; until then its lock stands."""
    deadline = time.monotonic() + 20
    while True:
        try:
            return act()
        except refusal:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def everything_agrees(google, source):
    """One order per row, and each row says what its order says."""
    keys = list(StagedRow.objects.filter(status="imported").values_list("key", flat=True))
    assert Order.objects.count() == len(keys) == len(set(keys))
    references = dict(Order.objects.values_list("staged_rows__key", "reference"))
    said = zip(column(google, "Order ID"), column(google, WriteBack.of(source).columns["order"]), strict=True)
    assert all(reference == references[f"x:{number}"] for number, reference in said)
    return True


def test_rows_and_orders_agree_when_a_poll_and_a_write_back_are_killed(google, source):
    with killed_in_the_middle(google, "poll", source):
        assert Order.objects.count() == 20
        with pytest.raises(AlreadyRunning):
            poll(source, is_forced=True)
    run = when_free(lambda: poll(source, is_forced=True), AlreadyRunning)
    assert (run.new_qty, run.unchanged_qty) == (ROWS - 20, 20)
    switch_on(source, "order")
    with killed_in_the_middle(google, "write", source):
        said = column(google, WriteBack.of(source).columns["order"])
        assert sum(map(bool, said)) == 40
        with pytest.raises(AlreadyWriting):
            write(source, is_forced=True)
    # Somebody sorts the sheet while nobody works.
    rows = google.spreadsheets[SHEET].tabs[0].rows
    change(google, [rows[0], *rows[:0:-1]])
    written = when_free(lambda: write(source, is_forced=True), AlreadyWriting)
    assert written.row_qty == 20
    assert everything_agrees(google, source)
    assert Order.objects.count() == ROWS


def test_rows_and_orders_agree_when_workers_poll_and_write_at_once(google, source):
    pollers = [start(google, "poll", source) for _ in range(2)]
    for child in pollers:
        child.wait(timeout=PATIENCE)
    assert any(child.stdout.read().strip() == "done" for child in pollers)
    switch_on(source, "order")
    change(google, [*google.spreadsheets[SHEET].tabs[0].rows, row(ROWS + 1)])
    children = [start(google, task, source) for task in ("write", "poll", "write")]
    for child in children:
        child.wait(timeout=PATIENCE)
    when_free(lambda: poll(source, is_forced=True), AlreadyRunning)
    when_free(lambda: write(source, is_forced=True), AlreadyWriting)
    assert everything_agrees(google, source)
    assert Order.objects.count() == ROWS + 1
    header = google.spreadsheets[SHEET].tabs[0].rows[0]
    assert sum("Commanda" in str(cell) for cell in header) == 1


def write_at_once(source):
    """Two threads write back at the same time; both have looked before either adds its columns."""
    begin = Barrier(2)

    def work(_number):
        try:
            begin.wait(timeout=20)
            write(source, is_forced=True)
        except CommandaError as error:
            return error.code
        finally:
            connections.close_all()
        return "written"

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(work, range(2)))


def looking_together(monkeypatch):
    together, real = Barrier(2), SheetEditor.insert_columns

    def insert(*args):
        together.wait(timeout=20)
        real(*args)

    monkeypatch.setattr(SheetEditor, "insert_columns", insert)


def our_headers(google):
    return sum("Commanda" in str(cell) for cell in google.spreadsheets[SHEET].tabs[0].rows[0])


def test_columns_are_doubled_when_the_lock_is_off(google, source, monkeypatch):
    """The race is real: without its guard two workers add the columns twice."""
    poll(source)
    switch_on(source, "order")
    looking_together(monkeypatch)
    monkeypatch.setattr(service, "only_write_back_of", lambda source_id: nullcontext())
    write_at_once(source)
    assert our_headers(google) == 2


def test_columns_are_added_once_when_two_workers_write_at_once(google, source):
    poll(source)
    switch_on(source, "order")
    results = write_at_once(source)
    assert "written" in results
    assert set(results) <= {"written", "already_writing"}
    assert our_headers(google) == 1
