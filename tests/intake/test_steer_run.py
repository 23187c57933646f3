"""Imports that a person stops and lets go on, and those that were killed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.utils.translation import override
from procrastinate.contrib.django.models import ProcrastinateJob

from commanda.audit.models import Event
from commanda.intake import jobs, tasks
from commanda.intake.headers import guess_mapping
from commanda.intake.models import ImportRun, StagedRow, UploadedSheet
from commanda.intake.selectors import get_upload
from commanda.intake.services import run_import
from commanda.intake.services.import_file import import_upload, queue_upload
from commanda.intake.services.steer_run import cancel_run, note_interrupted, resume_run
from commanda.intake.services.uploads import drop_old_uploads, store_upload
from commanda.intake.services.write_rows import Writer
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Conflict, NotAllowed, NotFound
from commanda.orders.models import Order
from tests.factories import make_actor, make_variant
from tests.intake.helpers import as_csv, make_source, read, row, sheet

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")
ROWS = 12


@pytest.fixture
def upload(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    make_variant(name="Montre Atlas", sku="ATLAS")
    content = ContentFile(as_csv(sheet(*(row(number) for number in range(1, ROWS + 1)))))
    return store_upload(actor=SYSTEM, file=content, name="commandes.csv", source_name="Boutique")


@pytest.fixture
def cancelled(upload, monkeypatch):
    """A run of which a person saw two chunks of five rows taken in, and then stopped it."""
    monkeypatch.setattr(run_import, "CHUNK", 5)
    write, chunks = Writer.write, []

    def write_and_cancel(self, chunk):
        outcome = write(self, chunk)
        chunks.append(chunk)
        if len(chunks) == 2:
            cancel_run(actor=SYSTEM, run_id=self.run.pk)
        return outcome

    with monkeypatch.context() as patch:
        patch.setattr(Writer, "write", write_and_cancel)
        run = import_upload(actor=SYSTEM, upload_id=upload.pk)
    run.refresh_from_db()
    return run


def work_off():
    """What the worker would do with the jobs that wait."""
    for job in ProcrastinateJob.objects.filter(status="todo", task_name="commanda.intake.tasks.take_in_upload"):
        tasks.take_in_upload(**job.args)


def test_chunks_taken_in_stay_when_a_run_is_cancelled_under_way(cancelled, upload):
    assert (cancelled.status, cancelled.done_qty, cancelled.read_qty) == ("cancelled", 10, ROWS)
    assert cancelled.finished_at is not None
    assert Order.objects.count() == StagedRow.objects.count() == 10
    assert get_upload(SYSTEM, upload.pk).file.size
    assert Event.objects.get(name="import.cancelled").subject_id == cancelled.pk


def test_the_rest_is_taken_in_when_a_cancelled_run_is_resumed(cancelled):
    resumed = resume_run(actor=SYSTEM, run_id=cancelled.pk)
    assert (resumed.status, resumed.upload_id, resumed.mapping) == ("queued", cancelled.upload_id, cancelled.mapping)
    work_off()
    resumed.refresh_from_db()
    assert (resumed.status, resumed.new_qty, resumed.unchanged_qty) == ("done", 2, 10)
    assert Order.objects.count() == ROWS
    assert not UploadedSheet.objects.exists()


def test_nothing_is_taken_in_when_a_run_is_cancelled_before_the_worker_has_it(upload):
    run = queue_upload(actor=SYSTEM, upload_id=upload.pk)
    assert cancel_run(actor=SYSTEM, run_id=run.pk).status == "cancelled"
    work_off()
    run.refresh_from_db()
    assert (run.status, run.read_qty) == ("cancelled", 0)
    assert not Order.objects.exists()
    assert get_upload(SYSTEM, upload.pk)


def test_mapping_looked_at_is_kept_when_an_upload_is_queued_and_resumed(upload):
    mapping = guess_mapping(sheet(row(1))).with_settings(centimes=True)
    run = queue_upload(actor=SYSTEM, upload_id=upload.pk, mapping=mapping)
    cancel_run(actor=SYSTEM, run_id=run.pk)
    resume_run(actor=SYSTEM, run_id=run.pk)
    work_off()
    assert {order.total_amount for order in Order.objects.all()} == {Decimal("1.99")}


def test_cancelling_twice_is_one_cancellation_when_two_people_do_it(upload):
    run = queue_upload(actor=SYSTEM, upload_id=upload.pk)
    for _person in range(2):
        cancel_run(actor=SYSTEM, run_id=run.pk)
    assert Event.objects.filter(name="import.cancelled").count() == 1


def test_cancel_says_so_when_the_run_is_over(upload):
    run = import_upload(actor=SYSTEM, upload_id=upload.pk)
    with pytest.raises(Conflict) as refused:
        cancel_run(actor=SYSTEM, run_id=run.pk)
    assert refused.value.code == "run_over"


@pytest.mark.parametrize("status", ["done", "queued"])
def test_resume_says_why_when_there_is_nothing_to_resume(upload, status):
    run = queue_upload(actor=SYSTEM, upload_id=upload.pk)
    if status == "done":
        work_off()
    with pytest.raises(Conflict) as refused:
        resume_run(actor=SYSTEM, run_id=run.pk)
    assert refused.value.code == {"done": "run_done", "queued": "run_open"}[status]


def test_resume_is_refused_when_the_same_file_waits_already(cancelled):
    resume_run(actor=SYSTEM, run_id=cancelled.pk)
    with pytest.raises(Conflict) as refused:
        resume_run(actor=SYSTEM, run_id=cancelled.pk)
    assert refused.value.code == "run_open"
    assert ImportRun.objects.count() == 2


def test_resume_says_what_to_do_when_the_file_was_swept(cancelled):
    day = timedelta(days=1, minutes=1)
    UploadedSheet.objects.update(created_at=now() - 2 * day)
    assert drop_old_uploads() == 0, "a day counts from the end of the run"
    ImportRun.objects.update(finished_at=now() - day)
    assert drop_old_uploads() == 1
    with pytest.raises(Conflict) as refused:
        resume_run(actor=SYSTEM, run_id=cancelled.pk)
    assert refused.value.code == "upload_gone"
    with override("en"):
        assert "Upload it again" in str(refused.value)
    assert not Event.objects.filter(name="import.resumed").exists()


def test_upload_is_kept_when_its_run_still_waits_for_the_worker(upload):
    queue_upload(actor=SYSTEM, upload_id=upload.pk)
    UploadedSheet.objects.update(created_at=now() - timedelta(days=3))
    assert drop_old_uploads() == 0


def test_worker_is_asked_for_a_reading_when_the_run_of_a_sheet_is_resumed():
    source = make_source(kind="sheet_link", options={"link": "x"})
    run = ImportRun.objects.create(source=source, trigger="manual", status="failed", started_at=now())
    assert resume_run(actor=SYSTEM, run_id=run.pk) is None
    assert not jobs.queue_reading(source.pk), "it waits already"
    assert ProcrastinateJob.objects.get(task_name="commanda.intake.tasks.read_source").args["source_id"] == source.pk


def test_killed_run_is_told_and_resumed_when_nobody_reads_its_source(upload):
    run = queue_upload(actor=SYSTEM, upload_id=upload.pk)
    ProcrastinateJob.objects.all().delete()
    ImportRun.objects.update(status="running")
    resume_run(actor=SYSTEM, run_id=run.pk)
    run.refresh_from_db()
    assert (run.status, run.error_code) == ("failed", "interrupted")
    work_off()
    assert Order.objects.count() == ROWS


def test_run_under_way_is_left_alone_when_interrupted_ones_are_told(upload):
    run = queue_upload(actor=SYSTEM, upload_id=upload.pk)
    ImportRun.objects.update(status="running")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(7201302, %s)", [run.source_id])
    assert note_interrupted() == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(7201302, %s)", [run.source_id])
    assert note_interrupted() == 1


def test_runs_are_closed_when_the_person_does_not_manage_intake():
    run, _outcome = read(make_source(), sheet(row(1)))
    for service in (cancel_run, resume_run):
        with pytest.raises(NotAllowed):
            service(actor=make_actor("agent"), run_id=run.pk)
        with pytest.raises(NotFound):
            service(actor=SYSTEM, run_id=run.pk + 1)
