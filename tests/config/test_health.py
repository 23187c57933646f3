"""`/healthz` and `/readyz`."""

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from commanda.config import health


def add_worker(age: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s::interval)", [age])


def add_job(*, deferred: str, scheduled: str | None = None, status: str = "todo") -> None:
    """A job deferred so long ago; `scheduled` is relative to now, too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, scheduled_at) "
            "VALUES ('default', 'probe', %s, now() + %s::interval) RETURNING id",
            [status, scheduled],
        )
        (job,) = cursor.fetchone()
        cursor.execute("UPDATE procrastinate_events SET at = now() - %s::interval WHERE job_id = %s", [deferred, job])


@pytest.mark.django_db
def test_healthz_asks_no_database_when_called(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_readyz_is_ready_when_a_worker_lives_and_no_job_waits(client: Client) -> None:
    add_worker("2 seconds")
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    report = answer.json()
    assert report["status"] == "ready"
    assert report["unapplied_migrations"] == 0
    assert 2 <= report["worker_heartbeat_age_s"] < 30
    assert report["oldest_job_age_s"] is None
    assert report["problems"] == []


@pytest.mark.django_db
def test_readyz_names_the_worker_when_none_or_only_a_silent_one_is_there(client: Client) -> None:
    assert client.get("/readyz").json()["problems"] == ["worker"]
    add_worker("2 minutes")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["problems"] == ["worker"]


@pytest.mark.django_db
def test_readyz_names_the_queue_when_a_due_job_lies_too_long(client: Client) -> None:
    add_worker("1 second")
    add_job(deferred="10 seconds")
    add_job(deferred="2 hours", status="succeeded")
    add_job(deferred="2 hours", scheduled="1 hour")
    report = client.get("/readyz").json()
    assert report["problems"] == []
    assert 10 <= report["oldest_job_age_s"] < 60
    add_job(deferred="2 hours", scheduled="-20 minutes")
    report = client.get("/readyz").json()
    assert report["problems"] == ["queue"]
    assert 1200 <= report["oldest_job_age_s"] < 1260


@pytest.mark.django_db
def test_readyz_names_the_migrations_when_one_is_not_applied(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["problems"] == ["migrations"]
    assert answer.json()["unapplied_migrations"] == 1


@pytest.mark.django_db
def test_readyz_names_the_database_when_it_does_not_answer(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise DatabaseError("password of the database: secret")

    monkeypatch.setattr(health.connection, "ensure_connection", refuse)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["problems"] == ["database"]
    assert "secret" not in answer.content.decode()


def test_health_pages_refuse_when_posted_to(client: Client) -> None:
    assert client.post("/healthz").status_code == 405
    assert client.post("/readyz").status_code == 405


def test_icon_is_found_where_no_page_names_one(client: Client) -> None:
    answer = client.get("/favicon.ico")
    assert answer.status_code == 302
    assert client.get(answer["Location"])["Content-Type"] == "image/png"
