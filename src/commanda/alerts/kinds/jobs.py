"""The work behind the pages: jobs that nobody takes, jobs that failed for good."""

from datetime import timedelta
from decimal import Decimal

from django.utils.translation import gettext_lazy, ngettext_lazy

from commanda.alerts.kinds.base import FEWER, Area, Finding, Kind, Limit, Terms
from commanda.alerts.sights import Sight
from commanda.alerts.units import Unit
from commanda.kernel.clock import now
from commanda.kernel.jobs import failed_since, waiting_jobs


class JobsWaiting(Kind):
    """The oldest job that could be taken."""

    slug = "jobs_waiting"
    label = gettext_lazy("The worker does not keep up")
    icon = "stack-2"
    area = Area.SYSTEM
    sight = Sight.SYSTEM
    unit = Unit.MINUTES
    is_told_once = True
    limits = (Limit("minutes", gettext_lazy("Waiting for"), Unit.MINUTES, Decimal(15), Decimal(2), Decimal(1440)),)
    explanation = gettext_lazy("A job of the worker, such as the reading of a sheet, waits too long for its turn.")
    advice = gettext_lazy("Look whether a very large import runs; start a second worker if this comes back.")
    sentence = gettext_lazy("%(jobs)s jobs wait, the oldest for %(value)s; the limit is %(limit)s.")
    numbers = {"jobs": Unit.COUNT}

    def find(self, terms: Terms) -> list[Finding]:
        limit, waiting = terms.limits["minutes"], waiting_jobs()
        minutes = Decimal(waiting.oldest_s // 60)
        if minutes * FEWER < limit:
            return []
        extra = {"jobs": str(waiting.number)}
        return [Finding(key="oldest", value=minutes, limit=limit, opens=minutes >= limit, extra=extra)]


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
    sentence = ngettext_lazy("%(value)s failed in 24 hours.", "%(value)s failed in 24 hours.", "count")

    def find(self, terms: Terms) -> list[Finding]:
        limit = terms.limits["jobs"]
        return [
            Finding(key=task[:120], value=Decimal(number), limit=limit, things={"task": task})
            for task, number in failed_since(now() - timedelta(days=1)).items()
            if number >= limit
        ]
