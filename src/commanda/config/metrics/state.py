"""What the database knows: jobs, workers, kept sums, sources. Read anew each time it is asked for."""

from collections import Counter
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any, Final

from django.db import DatabaseError, connection
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from commanda.config.health import WORKER_SILENT_AFTER_S
from commanda.intake.selectors import source_list
from commanda.kernel.actor import system_actor
from commanda.kernel.jobs import waiting_jobs
from commanda.kernel.replica import behind_bytes

JOBS: Final = "SELECT task_name, status::text, count(*) FROM procrastinate_jobs GROUP BY task_name, status"
WORKERS: Final = """
SELECT count(*) FILTER (WHERE last_heartbeat > now() - make_interval(secs => %s)),
       extract(epoch FROM now() - max(last_heartbeat))::float
FROM procrastinate_workers
"""
KEPT: Final = """
SELECT coalesce(
    (SELECT extract(epoch FROM clock_timestamp() - at) FROM insights_rowchange ORDER BY id LIMIT 1), 0)::float
"""
CONNECTIONS: Final = """
SELECT coalesce(state, 'other'), count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' GROUP BY 1
"""


class StateCollector(Collector):
    """Without a database there is `commanda_database_up 0` and nothing else."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield _gauge("commanda_info", "The version that answers", {(version("commanda"),): 1}, ["version"])
        try:
            found = [*_queue(), *_workers(), *_sums(), *_sources(), *_connections()]
        except DatabaseError:
            found = []
        yield _gauge("commanda_database_up", "1 while the database answers", {(): int(bool(found))})
        yield from found


def _gauge(name: str, text: str, values: Mapping[Any, float], labels: list[str] | None = None) -> GaugeMetricFamily:
    """`values`: the labels' values, as a tuple, → the figure."""
    gauge = GaugeMetricFamily(name, text, labels=labels or [])
    for key, value in sorted(values.items()):
        gauge.add_metric(key, value)
    return gauge


def _queue() -> Iterator[GaugeMetricFamily]:
    jobs = {(task, status): float(number) for task, status, number in _rows(JOBS)}
    yield _gauge("commanda_jobs", "Jobs by task and status", jobs, ["task", "status"])
    waiting = waiting_jobs()
    yield _gauge("commanda_jobs_due", "Jobs that could be taken now", {(): waiting.number})
    yield _gauge("commanda_oldest_job_seconds", "For how long the oldest of them waits", {(): waiting.oldest_s})


def _workers() -> Iterator[GaugeMetricFamily]:
    ((alive, age),) = _rows(WORKERS, WORKER_SILENT_AFTER_S)
    yield _gauge("commanda_workers", "Workers that gave a sign of life lately", {(): alive})
    if age is not None:
        yield _gauge("commanda_worker_heartbeat_seconds", "The age of the last sign of life", {(): max(age, 0.0)})


def _sums() -> Iterator[GaugeMetricFamily]:
    ((age,),) = _rows(KEPT)
    yield _gauge("commanda_kept_sums_lag_seconds", "The age of the oldest change not yet in the kept sums", {(): age})


def _sources() -> Iterator[GaugeMetricFamily]:
    sources = source_list(system_actor("metrics"))
    states = Counter(found.state for found in sources)
    yield _gauge("commanda_sources", "Sources by state", {(state,): n for state, n in states.items()}, ["state"])
    lags = {(str(found.source.pk),): lag.total_seconds() for found in sources if (lag := found.lag) is not None}
    yield _gauge("commanda_source_lag_seconds", "Since the last success, of sources that are polled", lags, ["source"])


def _connections() -> Iterator[GaugeMetricFamily]:
    if (behind := behind_bytes()) is not None:
        yield _gauge("commanda_replica_behind_bytes", "What the replica has still to replay", {(): behind})
    states = {(state,): float(number) for state, number in _rows(CONNECTIONS)}
    yield _gauge("commanda_database_connections", "Connections to this database by state", states, ["state"])


def _rows(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()
