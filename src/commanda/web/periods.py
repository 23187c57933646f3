"""The period picker: `?period=7d`, `?from=2026-11-01&to=2026-11-22`, `?basis=event`; what cannot be read is dropped."""

from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from commanda.insights.periods import DEFAULT, PRESETS, Period
from commanda.insights.statements import Basis
from commanda.reports.periods import LABELS as PERIOD_LABELS
from commanda.reports.query import CUSTOM, read_span
from commanda.reports.writing import span_label

LABELS: Final = {slug: PERIOD_LABELS[slug] for slug in PRESETS}
BASIS_LABELS: Final = {Basis.COHORT: _("By order date"), Basis.EVENT: _("By event date")}


@dataclass(frozen=True, slots=True)
class Picked:
    """What was chosen, and the links to the other choices."""

    period: Period
    slug: str
    basis: Basis
    query: str  # the choice as an address, to carry it along: "period=7d"

    @property
    def span(self) -> str:
        return span_label(self.period)

    @property
    def before_span(self) -> str:
        return span_label(self.period.previous)

    @property
    def is_custom(self) -> bool:
        return self.slug == CUSTOM

    @property
    def presets(self) -> list[dict[str, Any]]:
        """The named periods: label, address, whether it is the one."""
        return [
            {"label": label, "url": self._with(period=slug), "is_active": slug == self.slug}
            for slug, label in LABELS.items()
        ]

    @property
    def bases(self) -> list[dict[str, Any]]:
        """The two ways of counting, for the period chosen."""
        return [
            {"label": label, "url": self._with(basis=basis.value), "is_active": basis is self.basis}
            for basis, label in BASIS_LABELS.items()
        ]

    def _with(self, **changes: str) -> str:
        address = QueryDict(self.query, mutable=True)
        if "period" in changes:
            for name in ("from", "to"):
                address.pop(name, None)
        for name, value in changes.items():
            address[name] = value
        return f"?{address.urlencode()}"


def picked(request: HttpRequest, default: str = DEFAULT) -> Picked:
    """The period and the basis that the address asks for."""
    span = read_span({name: request.GET.get(name, "") for name in request.GET}, default, Basis.COHORT)
    kept = {name: value for name, value in span.params().items() if value != Basis.COHORT}
    return Picked(span.period, span.name, span.basis, urlencode(kept))
