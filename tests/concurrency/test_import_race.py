"""Imports that run at the same time, and imports that are killed: no order twice, none lost."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psutil
import pytest
from django.db import connection, connections

from commanda.intake.locks import AlreadyRunning
from commanda.intake.models import ImportRun, Source, StagedRow
from commanda.intake.services import run_import
from commanda.intake.services.fixing import Fix
from commanda.intake.services.import_file import import_file
from commanda.intake.services.mend_row import mend_row
from commanda.kernel.actor import system_actor
from commanda.kernel.errors import CommandaError
from commanda.orders.models import Order
from tests.concurrency.import_processes import import_when_free, start_child
from tests.factories import make_variant
from tests.intake.helpers import as_csv, row, sheet

pytestmark = pytest.mark.django_db(transaction=True)
SYSTEM = system_actor("test")
ROWS = 100


@pytest.fixture
def file(tmp_path):
    make_variant(name="Montre Atlas", sku="ATLAS")
    path = tmp_path / "commandes.csv"
    path.write_bytes(as_csv(sheet(*(row(number) for number in range(1, ROWS + 1)))))
    return path


def import_at_once(paths):
    """Import each path in a thread of its own, all starting together; what came of each."""
    start = Barrier(len(paths))

    def run(path):
        try:
            start.wait(timeout=20)
            return import_file(actor=SYSTEM, path=path, source_name="Boutique")
        except CommandaError as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(paths)) as pool:
        return list(pool.map(run, paths))


def every_row_once():
    keys = list(StagedRow.objects.filter(status="imported").values_list("key", flat=True))
    return Order.objects.count() == len(keys) == len(set(keys)) == ROWS


def test_each_row_becomes_one_order_when_a_file_is_imported_six_times_at_once(file, monkeypatch):
    monkeypatch.setattr(run_import, "CHUNK", 10)
    results = import_at_once([file] * 6)
    assert every_row_once()
    refused = [result for result in results if isinstance(result, Exception)]
    assert all(isinstance(error, AlreadyRunning) for error in refused)
    assert sum(result.new for result in results if result not in refused) == ROWS


def test_orders_are_doubled_when_lock_and_constraint_are_off(file, monkeypatch):
    """The race is real: without its guards the same run makes orders twice."""
    from contextlib import nullcontext

    looked, real = Barrier(2), run_import.known_rows

    def look_together(source, chunk):
        found = real(source, chunk)
        looked.wait(timeout=20)
        return found

    monkeypatch.setattr(run_import, "known_rows", look_together)
    monkeypatch.setattr(run_import, "only_import_of", lambda source_id: nullcontext())
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX staged_row_identity")
    import_at_once([file] * 2)
    assert Order.objects.count() == 2 * ROWS


def test_lock_is_free_again_when_an_import_fails(file, tmp_path):
    broken = tmp_path / "broken.csv"
    broken.write_text("a,b\n1,2\n")
    with pytest.raises(CommandaError):
        import_file(actor=SYSTEM, path=broken, source_name="Boutique")
    results = import_at_once([file])
    assert results[0].new == ROWS


def test_row_becomes_one_order_when_it_is_mended_during_an_import(tmp_path, monkeypatch):
    make_variant(name="Montre Atlas", sku="ATLAS")
    path = tmp_path / "commandes.csv"
    path.write_bytes(as_csv(sheet(row(1, telephone="#ERROR!"))))
    import_file(actor=SYSTEM, path=path, source_name="Boutique")
    waiting = StagedRow.objects.get()
    path.write_bytes(as_csv(sheet(row(1))))
    start = Barrier(2)

    def mend():
        try:
            start.wait(timeout=20)
            mend_row(actor=SYSTEM, row_id=waiting.pk, fixes={0: Fix(texts={"phone": "0600000001"})})
        except CommandaError as error:
            return error.code
        finally:
            connections.close_all()
        return "mended"

    def again():
        try:
            start.wait(timeout=20)
            import_file(actor=SYSTEM, path=path, source_name="Boutique")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        mending, reading = pool.submit(mend), pool.submit(again)
        reading.result()
        assert mending.result() in {"mended", "row_imported"}
    assert Order.objects.count() == 1
    assert StagedRow.objects.get().order == Order.objects.get()


def test_nothing_is_doubled_or_lost_when_an_import_is_killed_in_the_middle(file):
    child = start_child(file, "20", "1000", "3")
    try:
        assert int(child.stdout.readline()) == child.pid
        # What the child has not committed is seen by nobody.
        assert Order.objects.count() == StagedRow.objects.count() == 40
        assert ImportRun.objects.get().done_qty == 40
        with pytest.raises(AlreadyRunning):
            import_file(actor=SYSTEM, path=file)
    finally:
        child.kill()
        child.wait(timeout=20)
    report = import_when_free(file)
    assert (report.new, report.unchanged, report.rejected) == (60, 40, 0)
    assert every_row_once()
    interrupted, done = ImportRun.objects.order_by("pk")
    assert (interrupted.status, interrupted.error_code) == ("failed", "interrupted")
    assert (done.status, done.new_qty) == ("done", 60)
    assert Source.objects.get().runs.filter(status="running").count() == 0


def test_nobody_begins_what_copies_of_a_killed_import_are_still_at(file):
    child = start_child(file, "20", "0", "2")
    try:
        copies = [psutil.Process(int(child.stdout.readline())) for _copy in range(2)]
        assert child.pid not in {copy.pid for copy in copies}
        # Each is in the middle of its second chunk.
        assert Order.objects.count() == StagedRow.objects.count() == ImportRun.objects.get().done_qty == 40
    finally:
        child.kill()
        child.wait(timeout=20)
    for copy in copies:
        time.sleep(0.5)
        with pytest.raises(AlreadyRunning):
            import_file(actor=SYSTEM, path=file)
        copy.kill()
    report = import_when_free(file)
    assert (report.new, report.unchanged, report.rejected) == (60, 40, 0)
    assert every_row_once()
