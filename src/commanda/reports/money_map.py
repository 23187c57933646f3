"""From what leads were worth to the profit, step by step."""

from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from commanda.insights.kpis import KPIS
from commanda.reports.catalogue import COSTS
from commanda.reports.figures import Values

ZERO: Final = Decimal(0)


def steps(values: Values) -> list[tuple[str, Decimal, str]]:
    """(name, change in MAD, the figure whose rows stand behind it, "" for what was lost on the way)."""
    worth, confirmed, revenue = (values.get(slug) or ZERO for slug in ("lead_value", "confirmed_value", "revenue"))
    found: list[tuple[Any, Decimal, str]] = [
        (KPIS["lead_value"].label, worth, "lead_value"),
        (_("Not confirmed"), confirmed - worth, ""),
        (_("Not delivered"), revenue - confirmed, ""),
    ]
    found += [(KPIS[slug].label, -(values.get(slug) or ZERO), slug) for slug in COSTS]
    return [(str(label), change, slug) for label, change, slug in found]
