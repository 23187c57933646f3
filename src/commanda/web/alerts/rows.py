"""Alerts as pages show them: with the name of their subject and the way to it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from commanda.alerts.kinds import Facts, Finding, Kind
from commanda.alerts.models import Alert
from commanda.alerts.naming import Names
from commanda.kernel.actor import Actor
from commanda.web.alerts.links import Way, way_from


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert with its title, the picture of its product where it has one, and where to go."""

    alert: Alert
    title: str
    picture: Any
    way: Way | None

    @property
    def kind(self) -> Kind:
        return self.alert.definition


@dataclass(frozen=True, slots=True)
class TriedRow:
    """What a rule would tell of."""

    title: str
    sentence: str


def alert_rows(actor: Actor, alerts: Sequence[Alert]) -> list[AlertRow]:
    """Rows for alerts that the actor may see; one statement for each kind of thing."""
    names = Names(alert.things for alert in alerts)
    return [
        AlertRow(alert, names.title(alert.things), _picture(names, alert), way_from(actor, alert)) for alert in alerts
    ]


def tried_rows(kind: Kind, findings: Iterable[Finding]) -> list[TriedRow]:
    """What a dry run found, in words."""
    found = list(findings)
    names = Names(finding.things for finding in found)
    return [TriedRow(names.title(finding.things), kind.says(Facts.of(finding))) for finding in found]


def _picture(names: Names, alert: Alert) -> Any:
    product = names.thing("product", alert.things)
    return product.picture if product is not None and product.picture else None
