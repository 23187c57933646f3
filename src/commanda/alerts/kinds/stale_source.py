"""A source of orders that cannot be read, or was not read for long."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy

from commanda.alerts.kinds.base import Area, Finding, Terms
from commanda.alerts.kinds.silent import SilentKind, intervals, silence
from commanda.alerts.sights import Sight
from commanda.intake.failures import explain
from commanda.intake.selectors import source_list
from commanda.intake.source_health import LATE_AFTER_PERIODS, SourceHealth
from commanda.kernel.actor import system_actor


class StaleSource(SilentKind):
    """By source: an error that does not pass by itself, or no good reading for many intervals."""

    slug = "stale_source"
    label = gettext_lazy("A source is not read")
    icon = "plug-connected-x"
    area = Area.INTAKE
    sight = Sight.INTAKE
    limits = (
        intervals(
            LATE_AFTER_PERIODS,
            10_000,
            gettext_lazy("Intervals of the source: a sheet that is read every minute has one a minute."),
        ),
    )
    explanation = gettext_lazy("A source has an error, or was not read for so many of its intervals.")
    advice = gettext_lazy("Open the source: it says what is wrong. Orders wait in the sheet meanwhile, none is lost.")

    def find(self, terms: Terms) -> list[Finding]:
        number = int(terms.limits["intervals"])
        # What nobody has mapped yet is not read before somebody does.
        begun = (health for health in source_list(system_actor()) if health.state != "unfinished")
        found = (_finding(health, number) for health in begun)
        return [finding for finding in found if finding is not None]

    def explain(self, code: str, params: dict[str, Any]) -> str:
        return explain(code, params)


def _finding(health: SourceHealth, number: int) -> Finding | None:
    source = health.source
    return silence(health, source, timedelta(seconds=source.poll_seconds * number), {"source": source.pk})
