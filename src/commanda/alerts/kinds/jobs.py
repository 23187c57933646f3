"""The work behind the pages: jobs that nobody takes, jobs that failed for good."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from commanda.alerts.kinds.base import Area, Facts, Finding, Kind, Limit, Terms
from commanda.alerts.sights import Sight
from commanda.alerts.units import Unit
from commanda.kernel.clock import now

_HALF: Final = 2
# The last word on a job says since when it may be taken.
WAITING_SQL: Final = """
SELECT count(*), extract(epoch FROM %s - min(coalesce(job.scheduled_at, event.at)))::int / 60
FROM procrastinate_jobs AS job
LEFT JOIN LATERAL (
    SELECT max(at) AS at FROM procrastinate_events WHERE job_id = job.id AND type IN ('deferred', 'scheduled')
) AS event ON true
WHERE job.status = 'todo' AND (job.scheduled_at IS NULL OR job.scheduled_at <= %s)
"""
FAILED_SQL: Final = """
SELECT job.task_name, count(*)
FROM procrastinate_jobs AS job
WHERE job.status = 'failed' AND EXISTS (
    SELECT 1 FROM procrastinate_events AS event WHERE event.job_id = job.id AND event.type = 'failed' AND event.at > %s)
GROUP BY job.task_name
"""


class JobsWaiting(Kind):
    """The oldest job that could be taken."""

    slug = "jobs_waiting"
    label = gettext_lazy("The worker does not keep up")
    icon = "stack-2"
    area = Area.SYSTEM
    sight = Sight.SYSTEM
    unit = Unit.MINUTES
    limits = (Limit("minutes", gettext_lazy("Waiting for"), Unit.MINUTES, Decimal(15), Decimal(2), Decimal(1440)),)
    explanation = gettext_lazy("A job of the worker, such as the reading of a sheet, waits too long for its turn.")
    advice = gettext_lazy("Look whether a very large import runs; start a second worker if this comes back.")

    def find(self, terms: Terms) -> list[Finding]:
        limit, ((number, minutes),) = terms.limits["minutes"], _rows(WAITING_SQL, now(), now())
        if minutes is None or minutes < limit / _HALF:
            return []
        value = Decimal(minutes)
        return [
            Finding(key="oldest", value=value, limit=limit, opens=value >= limit, extra={"jobs": str(number)}),
        ]

    def is_news(self, told: Decimal | None, value: Decimal | None) -> bool:
        return False  # only time goes by

    def says(self, facts: Facts) -> str:
        return _("%(jobs)s jobs wait, the oldest for %(value)s; the limit is %(limit)s.") % {
            "jobs": Unit.COUNT.written(facts.number("jobs")),
            "value": self.written(facts),
            "limit": self.written(facts, "limit"),
        }


class JobsFailed(Kind):
    """By the name of the task, over the last day."""

    slug = "jobs_failed"
    label = gettext_lazy("Jobs failed")
    icon = "alert-octagon"
    area = Area.SYSTEM
    sight = Sight.SYSTEM
    unit = Unit.COUNT
    limits = (Limit("jobs", gettext_lazy("At least so many"), Unit.COUNT, Decimal(1), Decimal(1), Decimal(100_000)),)
    explanation = gettext_lazy("Jobs of the worker failed for good within a day.")
    advice = gettext_lazy("The log says why, under the name of the task. Ask who runs the server.")

    def find(self, terms: Terms) -> list[Finding]:
        limit = terms.limits["jobs"]
        return [
            Finding(key=str(task)[:120], value=Decimal(number), limit=limit, things={"task": task})
            for task, number in _rows(FAILED_SQL, now() - timedelta(days=1))
            if number >= limit
        ]

    def says(self, facts: Facts) -> str:
        number = int(facts.number("value") or 0)
        text = ngettext("%(value)s failed in 24 hours.", "%(value)s failed in 24 hours.", number)
        return text % {"value": self.written(facts)}


def _rows(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
