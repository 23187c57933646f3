"""`/metrics`: who may read it, what it says, and that several processes count together."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from commanda.intake.models import Source
from commanda.kernel.clock import now
from commanda.orders.models import Store
from tests.config.test_health import add_job, add_worker
from tests.events.serving import Browser, Served, database_url, session_of, until
from tests.factories import make_user
from tests.ops.processes import Web

pytestmark = pytest.mark.django_db


def value(text: str, name: str) -> float:
    """The value of one line, named with its labels."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found is not None, text
    return float(found[1])


def read(client: Client) -> str:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    "sent",
    [
        {"REMOTE_ADDR": "10.0.0.7"},
        {"REMOTE_ADDR": ""},
        {"HTTP_X_FORWARDED_FOR": "10.0.0.7"},
        {"HTTP_X_FORWARDED_PROTO": "https"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
    ],
)
def test_metrics_are_refused_when_asked_for_from_elsewhere_or_through_a_proxy(
    client: Client, sent: dict[str, str]
) -> None:
    assert client.get("/metrics").status_code == 200
    answer = client.get("/metrics", **sent)
    assert answer.status_code == 403
    assert "commanda_" not in answer.content.decode()
    assert "COMMANDA_METRICS_TOKEN" in answer.content.decode()


def test_metrics_need_the_token_from_everybody_when_there_is_one(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = "a long one"
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", HTTP_AUTHORIZATION="Bearer another").status_code == 403
    allowed = client.get("/metrics", HTTP_AUTHORIZATION="Bearer a long one", REMOTE_ADDR="10.0.0.7")
    assert allowed.status_code == 200


def test_requests_are_counted_by_the_pattern_of_their_address(client: Client) -> None:
    client.get("/orders/export/817161/")
    client.get("/0612345678/")
    text = read(client)
    assert value(text, 'commanda_requests_total{method="GET",route="/orders/export/<slug:kind>/",status="302"}') >= 1
    assert value(text, 'commanda_requests_total{method="GET",route="unresolved",status="404"}') >= 1
    assert value(text, 'commanda_request_seconds_count{route="/orders/export/<slug:kind>/"}') >= 1
    assert "817161" not in text
    assert "0612345678" not in text


def test_jobs_workers_and_sources_are_told_as_they_are(client: Client) -> None:
    text = read(client)
    assert value(text, "commanda_workers") == 0
    assert value(text, "commanda_oldest_job_seconds") == 0
    assert "commanda_worker_heartbeat_seconds " not in text
    add_worker("3 seconds")
    add_worker("3 minutes")
    add_job(deferred="40 seconds")
    add_job(deferred="1 hour", status="failed")
    source = Source.objects.create(
        name="Feuille de Salma", kind=Source.Kind.SHEET_API, poll_seconds=60, store=Store.objects.get()
    )
    Source.objects.filter(pk=source.pk).update(last_success_at=now() - timedelta(seconds=90), is_active=True)
    text = read(client)
    assert value(text, "commanda_database_up") == 1
    assert value(text, "commanda_workers") == 1
    assert 3 <= value(text, "commanda_worker_heartbeat_seconds") < 30
    assert value(text, "commanda_jobs_due") == 1
    assert 40 <= value(text, "commanda_oldest_job_seconds") < 90
    assert value(text, 'commanda_jobs{status="failed",task="probe"}') == 1
    assert 90 <= value(text, f'commanda_source_lag_seconds{{source="{source.pk}"}}') < 150
    assert "Salma" not in text


def test_metrics_say_that_the_database_is_away_when_it_is(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    from commanda.config.metrics import state

    def refuse(*_: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(state, "_rows", refuse)
    text = read(client)
    assert value(text, "commanda_database_up") == 0
    assert "commanda_workers" not in text


@pytest.mark.django_db(transaction=True)
def test_processes_of_a_web_server_count_together(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    web = Web(tmp_path / "web", database_url(), workers=2, TMPDIR=str(shared))
    asked = 0

    def both_were_asked() -> bool:
        nonlocal asked
        asked += 1
        web.get("/healthz")
        return len(list(shared.glob("commanda-metrics-*/counter_*.db"))) == 2

    try:
        # The second process may still be starting while the first one answers.
        until(both_were_asked, seconds=60)
        texts = [web.get("/metrics")[1] for _ in range(6)]
    finally:
        web.end()
    line = 'commanda_requests_total{method="GET",route="/healthz",status="200"}'
    # Whichever process answers, it knows of all requests; one at least was for the start.
    assert all(value(text, line) >= asked + 1 for text in texts)
    assert value(texts[-1], 'commanda_statement_seconds_count{database="default"}') >= 1
    assert list(shared.iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_streams_are_counted_while_they_are_open() -> None:
    served = Served()
    try:
        before = _streams(served.port)
        served.listen(session_of(make_user("agent")))
        assert _streams(served.port) == before + 1
    finally:
        served.stop()


def _streams(port: int) -> float:
    browser = Browser(port, "", path="/metrics")
    assert browser.status == 200
    browser._reader.join(10)
    return value("\n".join(browser.lines), "commanda_streams")
