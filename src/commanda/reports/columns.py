"""The columns of a report's table."""

from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from commanda.insights.kpis import Kpi, Unit
from commanda.reports.catalogue import STOCK


@dataclass(frozen=True, slots=True)
class Column:
    """A figure: how it is called and written. `kpi` is None for what is none; such a figure opens no rows."""

    slug: str
    label: Any
    unit: Unit
    explanation: Any = ""
    good: str = "up"
    kpi: Kpi | None = None


STOCK_COLUMN: Final = Column(STOCK, _("Stock"), Unit.COUNT, _("Units available now."))


def column_of(kpi: Kpi) -> Column:
    return Column(kpi.slug, kpi.label, kpi.unit, kpi.explanation, kpi.good, kpi)
