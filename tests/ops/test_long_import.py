"""A long upload taken in by a real worker, which forks copies of itself, and dies in the middle."""

import os
import signal
from pathlib import Path

import psutil
import pytest
from django.core.files.base import ContentFile

from commanda.insights.books import assert_books_balance
from commanda.intake.models import ImportRun, StagedRow
from commanda.intake.services.import_file import queue_upload
from commanda.intake.services.run_import import ALONE, COPIES
from commanda.intake.services.uploads import store_upload
from commanda.kernel.actor import system_actor
from commanda.orders.models import Order
from tests.events.serving import database_url
from tests.factories import make_variant
from tests.intake.helpers import as_csv, row, sheet
from tests.ops.processes import Program
from tests.ops.test_several_hosts import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("several-hosts")]
SYSTEM = system_actor("test")
ROWS = ALONE + 5_000


def test_every_row_becomes_one_order_when_the_worker_dies_beside_its_copies(tmp_path: Path) -> None:
    make_variant(name="Montre Atlas", sku="ATLAS")
    content = ContentFile(as_csv(sheet(*(row(number) for number in range(1, ROWS + 1)))))
    upload = store_upload(actor=SYSTEM, file=content, name="commandes.csv", source_name="Boutique")
    run = queue_upload(actor=SYSTEM, upload_id=upload.pk)
    # The worker reads the file where this process has put it.
    shared = {"COMMANDA_DATA_DIR": str(Path(upload.file.path).parents[1])}
    workers = [Program(tmp_path, database_url(), "worker", **shared)]
    try:
        until(lambda: ImportRun.objects.get().done_qty > 0, workers[0].log.read_text)
        assert len(psutil.Process(workers[0].process.pid).children()) == COPIES
        # The worker alone: what it has forked learns of it at the end of its chunk.
        os.kill(workers[0].process.pid, signal.SIGKILL)
        workers[0].process.wait()
        assert 0 < Order.objects.count() < ROWS
        workers.append(Program(tmp_path, database_url(), "worker", **shared))
        until(lambda: ImportRun.objects.get().status == "done", workers[1].log.read_text)
    finally:
        for worker in workers:
            worker.end()
    run.refresh_from_db()
    assert (run.read_qty, run.done_qty, run.rejected_qty, run.changed_qty) == (ROWS, ROWS, 0, 0)
    assert run.new_qty > 0
    assert run.unchanged_qty > 0
    assert Order.objects.count() == StagedRow.objects.filter(status="imported").count() == ROWS
    assert StagedRow.objects.values("key").distinct().count() == ROWS
    assert_books_balance()
