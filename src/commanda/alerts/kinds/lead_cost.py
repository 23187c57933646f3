"""What the kinds about dear leads share: how many it takes to judge, and what a lead cost on a platform."""

from decimal import Decimal
from typing import Final

from django.utils.translation import gettext_lazy as _

from commanda.alerts.kinds.base import Limit
from commanda.alerts.units import Unit
from commanda.insights.compute import grouped
from commanda.insights.measures import Dimension
from commanda.insights.periods import Period
from commanda.kernel.actor import system_actor

LEADS: Final = Limit(
    "leads",
    _("At least so many leads"),
    Unit.COUNT,
    Decimal(10),
    Decimal(1),
    Decimal(10_000),
    _("With fewer leads their cost says little."),
)


def leads_of(period: Period) -> dict[tuple[int, str], Decimal]:
    """(product id, platform) → leads that came from there."""
    rows = grouped(system_actor(), period, (Dimension.PRODUCT, Dimension.PLATFORM), kpis=("leads",))
    return {(key[0], key[1]): row["leads"] or Decimal(0) for key, row in rows.items() if key[0] is not None and key[1]}
