"""Several web servers and workers, each with a data directory of its own, on one PostgreSQL and its replica."""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from commanda.orders.models import Order
from tests.events.serving import database_url, session_of
from tests.factories import make_order, make_user, make_variant
from tests.ops.processes import WAIT_SECONDS, Program, Web
from tests.ops.replica import Replica, streaming_replica
from tests.ops.test_metrics import value

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("several-hosts")]

JOBS = 400
REPORT = "/reports/global/?period=today"
ROWS = "/reports/rows/?kpi=leads&period=today"
DEFER = """
INSERT INTO procrastinate_jobs (queue_name, task_name, args)
SELECT 'default', 'commanda.orders.tasks.fold_counts', jsonb_build_object('timestamp', n)
FROM generate_series(1, %s) AS n
"""


@pytest.fixture
def replica(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replica]:
    with streaming_replica(tmp_path_factory.mktemp("hosts") / "replica") as made:
        yield made


@pytest.fixture
def host(tmp_path: Path, replica: Replica) -> Iterator[Callable[..., Program]]:
    """Starts a program on a host of its own; all of them are ended."""
    started: list[Program] = []

    def begin(kind: str, name: str, **environment: str) -> Program:
        given = {"DATABASE_REPLICA_URL": replica.url, **environment}
        if kind == "web":
            started.append(Web(tmp_path / name, database_url(), workers=1, **given))
        else:
            started.append(Program(tmp_path / name, database_url(), kind, **given))
        return started[-1]

    yield begin
    for program in started:
        program.end()


def until(condition: Callable[[], bool], what: Callable[[], str] = lambda: "") -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, what()
        time.sleep(0.05)


def number(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])


def left() -> int:
    return number("SELECT count(*) FROM procrastinate_jobs WHERE task_name LIKE '%fold_counts' AND status <> 'failed'")


def statements(web: Web, database: str) -> float:
    """How many the web server has sent to the primary (`default`) or to the replica."""
    text = web.get("/metrics")[1]
    line = f'commanda_statement_seconds_count{{database="{database}"}}'
    return value(text, line) if line in text else 0.0


def leads(web: Web, session: str) -> int:
    """The number of today's orders, as the page behind the figure says it."""
    status, text = web.get(ROWS, Cookie=f"sessionid={session}; django_language=en")
    assert status == 200, text
    found = re.search(r">Rows<.*?>\s*(\d+)\s*<", text, re.DOTALL)
    assert found is not None, text
    return int(found[1])


def test_work_goes_on_when_a_web_server_and_a_worker_die(host: Callable[..., Program]) -> None:
    session = session_of(make_user("admin"))
    first, second = host("web", "web-1"), host("web", "web-2")
    workers = [host("worker", "worker-1"), host("worker", "worker-2")]
    assert isinstance(first, Web)
    assert isinstance(second, Web)
    until(lambda: number("SELECT count(*) FROM procrastinate_workers") == 2, workers[0].log.read_text)
    # Signed in at one, known at the other: nothing of a person lies on a host.
    assert [web.get("/orders/", Cookie=f"sessionid={session}")[0] for web in (first, second)] == [200, 200]
    with connection.cursor() as cursor:
        cursor.execute(DEFER, [JOBS])
    until(lambda: left() < JOBS - 20, workers[0].log.read_text)
    first.kill()
    workers[0].kill()
    assert left() > 0, "it was all done before anything died"
    until(lambda: left() == 0, workers[1].log.read_text)
    assert second.get("/orders/", Cookie=f"sessionid={session}")[0] == 200
    assert json.loads(second.get("/readyz")[1])["problems"] == []
    assert number("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'") == 0


def test_reports_are_read_from_the_replica_and_see_what_was_saved_before(
    host: Callable[..., Program], replica: Replica
) -> None:
    session = session_of(make_user("admin"))
    web = host("web", "web-1")
    assert isinstance(web, Web)
    status, text = web.get(REPORT, Cookie=f"sessionid={session}")
    assert status == 200, text
    assert statements(web, "replica") > 5
    for made in range(1, 6):
        make_order(make_variant())
        assert leads(web, session) == made
    assert "replica_not_read" not in web.log.read_text()


def test_the_primary_answers_when_the_replica_is_behind_or_gone(host: Callable[..., Program], replica: Replica) -> None:
    session = session_of(make_user("admin"))
    web = host("web", "web-1", COMMANDA_REPLICA_WAIT_SECONDS="0.2")
    assert isinstance(web, Web)
    assert leads(web, session) == 0
    read = statements(web, "replica")
    replica.ask("SELECT pg_wal_replay_pause()")
    until(lambda: replica.ask("SELECT pg_get_wal_replay_pause_state()") == "paused")
    make_order(make_variant())
    # What the replica would have answered: this is what is guarded against.
    assert replica.ask("SELECT count(*) FROM orders_order") == 0
    assert Order.objects.count() == 1
    assert leads(web, session) == 1
    assert '"reason": "behind"' in web.log.read_text()
    replica.ask("SELECT pg_wal_replay_resume()")
    replica.die()
    with pytest.raises(psycopg.OperationalError):
        replica.ask("SELECT 1")
    time.sleep(5.5)
    make_order(make_variant())
    assert leads(web, session) == 2
    assert '"reason": "failed"' in web.log.read_text()
    assert statements(web, "default") > 0
    assert read > 0
