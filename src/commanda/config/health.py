"""`/healthz` (the process answers) and `/readyz` (it can do its work), as JSON and without sign-in.

Nothing secret is told: no names, no addresses, no error texts.
"""

from typing import Any

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from commanda.kernel.jobs import waiting_jobs

# The worker writes a heartbeat every 5 s; after 20 s of silence its job is another one's (kernel.jobs).
WORKER_SILENT_AFTER_S = 60
# A job that nobody has taken for this long means that the workers do not keep up.
JOB_WAITING_AFTER_S = 900

WORKER_SQL = "SELECT extract(epoch FROM now() - max(last_heartbeat))::float FROM procrastinate_workers"


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Alive: answers as long as the process takes requests; asks nothing of the database."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Ready: database reachable, no migration missing, a worker alive, no job left lying. 503 when not.

    `worker_heartbeat_age_s` and `oldest_job_age_s` are null when there is no worker and no waiting job.
    """
    report = readiness()
    return JsonResponse(report, status=200 if report["status"] == "ready" else 503)


def readiness() -> dict[str, Any]:
    """The report of `/readyz`; `problems` holds the stable names of what is missing."""
    report: dict[str, Any] = {
        "status": "not ready",
        "database": False,
        "unapplied_migrations": None,
        "worker_heartbeat_age_s": None,
        "oldest_job_age_s": None,
        "problems": [],
    }
    try:
        connection.ensure_connection()
        report["database"] = True
        report["unapplied_migrations"] = _unapplied()
        if report["unapplied_migrations"] == 0:
            report["worker_heartbeat_age_s"] = _seconds(WORKER_SQL)
            waiting = waiting_jobs()
            report["oldest_job_age_s"] = round(waiting.oldest_s, 1) if waiting.number else None
    except DatabaseError:
        report["database"] = False
    report["problems"] = _problems(report)
    if not report["problems"]:
        report["status"] = "ready"
    return report


def _problems(report: dict[str, Any]) -> list[str]:
    if not report["database"]:
        return ["database"]
    if report["unapplied_migrations"]:
        return ["migrations"]
    problems = []
    heartbeat, waiting = report["worker_heartbeat_age_s"], report["oldest_job_age_s"]
    if heartbeat is None or heartbeat > WORKER_SILENT_AFTER_S:
        problems.append("worker")
    if waiting is not None and waiting > JOB_WAITING_AFTER_S:
        problems.append("queue")
    return problems


def _unapplied() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _seconds(query: str) -> float | None:
    with connection.cursor() as cursor:
        cursor.execute(query)
        (age,) = cursor.fetchone()
    return None if age is None else round(max(0.0, age), 1)
