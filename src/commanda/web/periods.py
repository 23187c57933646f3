"""The period picker: `?period=7d`, `?from=2026-11-01&to=2026-11-22`, `?basis=event`; what cannot be read is dropped."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.http import HttpRequest, QueryDict
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from commanda.insights.periods import DEFAULT, PRESETS, Period, between
from commanda.insights.statements import Basis
from commanda.web.figures import span_label

CUSTOM: Final = "custom"
LABELS: Final = {
    "today": _("Today"),
    "7d": _("7 days"),
    "30d": _("30 days"),
    "month": _("This month"),
    "last_month": _("Last month"),
}
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
    asked = request.GET
    basis = Basis.EVENT if asked.get("basis") == Basis.EVENT else Basis.COHORT
    first, last = _day(asked.get("from")), _day(asked.get("to"))
    kept = QueryDict(mutable=True)
    if basis is Basis.EVENT:
        kept["basis"] = basis.value
    if first or last:
        period = between(first or last or date.min, last or date.max)
        kept["from"], kept["to"] = period.first.isoformat(), period.last.isoformat()
        return Picked(period, CUSTOM, basis, kept.urlencode())
    slug = asked.get("period", default)
    slug = slug if slug in PRESETS else default
    kept["period"] = slug
    return Picked(PRESETS[slug](), slug, basis, kept.urlencode())


def _day(text: str | None) -> date | None:
    try:
        return parse_date(text or "")
    except ValueError:  # 31 February
        return None
