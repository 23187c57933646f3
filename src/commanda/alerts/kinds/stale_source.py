"""A source of orders that cannot be read, or was not read for long."""

import json
from datetime import timedelta
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commanda.alerts.kinds.base import Area, Facts, Finding, Kind, Limit, Terms
from commanda.alerts.sights import Sight
from commanda.alerts.units import Unit
from commanda.intake.failures import explain
from commanda.intake.selectors import source_list
from commanda.intake.source_health import LATE_AFTER_PERIODS, SourceHealth
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import now

_MINUTE = timedelta(minutes=1)


class StaleSource(Kind):
    """By the health of the source: an error that does not pass by itself, or no good reading for many intervals."""

    slug = "stale_source"
    label = gettext_lazy("A source is not read")
    icon = "plug-connected-x"
    area = Area.INTAKE
    sight = Sight.INTAKE
    unit = Unit.MINUTES
    limits = (
        Limit(
            "intervals",
            gettext_lazy("Not read for"),
            Unit.PERIODS,
            Decimal(LATE_AFTER_PERIODS),
            Decimal(2),
            Decimal(10_000),
            gettext_lazy("Intervals of the source: a sheet that is read every minute has one a minute."),
        ),
    )
    explanation = gettext_lazy("A source has an error, or was not read for so many of its intervals.")
    advice = gettext_lazy("Open the source: it says what is wrong. Orders wait in the sheet meanwhile, none is lost.")

    def find(self, terms: Terms) -> list[Finding]:
        intervals = int(terms.limits["intervals"])
        return [
            _finding(health, intervals)
            for health in source_list(system_actor())
            if health.state == "error" or (health.state != "paused" and health.lag_periods >= intervals)
        ]

    def is_news(self, told: Decimal | None, value: Decimal | None) -> bool:
        return False  # only time goes by

    def says(self, facts: Facts) -> str:
        if code := facts.get("error_code"):
            return explain(code, json.loads(facts.get("error_params", "{}")))
        return _("Not read for %(value)s; the limit is %(limit)s.") % {
            "value": self.written(facts),
            "limit": self.written(facts, "limit"),
        }


def _finding(health: SourceHealth, intervals: int) -> Finding:
    source = health.source
    since = source.last_success_at or source.created_at
    extra = {"error_code": source.error_code, "error_params": json.dumps(source.error_params)}
    return Finding(
        key=str(source.pk),
        value=Decimal((now() - since) // _MINUTE),
        limit=Decimal(source.poll_seconds * intervals // 60) if source.is_polled else None,
        things={"source": source.pk},
        extra=extra if source.error_code else {},
    )
