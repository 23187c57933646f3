"""A job whose worker died is done by another one: once, and not for ever."""

from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction
from procrastinate.contrib.django import app

from commanda.config.worker import Rescuer
from commanda.kernel import jobs
from commanda.kernel.clock import now
from commanda.kernel.jobs import MOST_ATTEMPTS, failed_since, take_up_abandoned

pytestmark = pytest.mark.django_db
TASK = "commanda.confirmation.tasks.tend_queue"


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def begun(*, silent_s, lock=None, attempts=0):
    """A job that a worker has begun, who was silent since."""
    [(worker,)] = sql(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s)) RETURNING id",
        silent_s,
    )
    [(job,)] = sql(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, status, worker_id, queueing_lock, attempts)"
        " VALUES ('default', %s, 'doing', %s, %s, %s) RETURNING id",
        TASK,
        worker,
        lock,
        attempts,
    )
    return job


def waiting(lock):
    return app.configure_task(TASK, queueing_lock=lock).defer(timestamp=0)


def status(job):
    found = sql("SELECT status::text, attempts FROM procrastinate_jobs WHERE id = %s", job)
    return found[0] if found else None


def test_job_is_queued_again_when_its_worker_is_silent():
    job = begun(silent_s=60)
    assert take_up_abandoned() == 1
    assert status(job) == ("todo", 1)
    assert take_up_abandoned() == 0


def test_job_is_queued_again_when_its_worker_has_been_forgotten():
    job = begun(silent_s=0)
    sql("DELETE FROM procrastinate_workers")
    assert (take_up_abandoned(), status(job)) == (1, ("todo", 1))


def test_job_stays_when_its_worker_lives():
    job = begun(silent_s=10)
    assert (take_up_abandoned(), status(job)) == (0, ("doing", 0))


def test_job_is_dropped_when_the_same_waits_already():
    job, twin = begun(silent_s=60, lock="a"), waiting("a")
    assert take_up_abandoned() == 1
    assert (status(job), status(twin)) == (None, ("todo", 0))


def test_job_stays_for_the_next_round_when_its_twin_comes_this_moment(monkeypatch):
    job = begun(silent_s=60, lock="a")
    look = jobs.lock_abandoned_jobs

    def look_too_early(*given):
        found = look(*given)
        waiting("a")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "lock_abandoned_jobs", look_too_early)
        assert (take_up_abandoned(), status(job)) == (0, ("doing", 0))
    assert (take_up_abandoned(), status(job)) == (1, None)


def test_job_fails_for_good_when_workers_die_of_it_again_and_again():
    job = begun(silent_s=60, attempts=MOST_ATTEMPTS - 1)
    since = now()
    assert take_up_abandoned() == 1
    assert status(job) == ("failed", MOST_ATTEMPTS)
    assert failed_since(since.replace(year=since.year - 1)) == {TASK: 1}


def test_job_that_a_live_worker_could_not_give_back_is_found(monkeypatch):
    """It failed and was to be tried again, but its twin waits: the queue refuses, and the job keeps "doing"."""
    rescuer, job = Rescuer(), begun(silent_s=0, lock="a")
    twin = waiting("a")

    def fail():
        raise TimeoutError

    context = SimpleNamespace(job=SimpleNamespace(id=job, attempts=0, task_name=TASK))
    with pytest.raises(TimeoutError):
        rescuer.follow(fail, context, None)
    with pytest.raises(IntegrityError), transaction.atomic():
        sql("SELECT procrastinate_retry_job_v2(%s, now(), NULL, NULL, NULL)", job)
    assert (rescuer.left(), take_up_abandoned(), status(job)) == ({}, 0, ("doing", 0))
    monkeypatch.setattr("commanda.config.worker.NOTING_SECONDS", -1)
    left = rescuer.left()
    assert left == {job: 0}
    assert (take_up_abandoned(left), status(job), status(twin)) == (1, None, ("todo", 0))


def test_job_that_was_begun_again_is_no_leftover():
    job = begun(silent_s=0, attempts=1)
    assert (take_up_abandoned({job: 0}), status(job)) == (0, ("doing", 1))
