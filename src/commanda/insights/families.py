"""Which sums are kept by day: of which sources, and with which keys told apart."""

from collections.abc import Collection
from typing import Final

from commanda.insights.measures import (
    CALLS,
    COMMISSIONS,
    GOODS,
    ORDERS,
    PARCELS,
    SALES,
    VALUES,
    Dimension,
    Measure,
    Source,
)
from commanda.insights.statements import Basis

# Ad spend and expenses are few rows a day: they are added up as they are.
KEPT_SOURCES: Final[tuple[Source, ...]] = (ORDERS, VALUES, SALES, GOODS, CALLS, PARCELS, COMMISSIONS)

# The smallest first. Those with products are added up from products' shares, so that others cannot be read from them.
FAMILIES: Final[dict[str, frozenset[Dimension]]] = {
    "all": frozenset(),
    "carrier": frozenset({Dimension.CARRIER}),
    "reason": frozenset({Dimension.REASON}),
    "hour": frozenset({Dimension.HOUR}),
    "agent": frozenset({Dimension.AGENT}),
    "state": frozenset({Dimension.AGENT, Dimension.STATE}),
    "city": frozenset({Dimension.CITY}),
    "origin": frozenset({Dimension.PLATFORM, Dimension.CHANNEL, Dimension.STORE}),
    "link": frozenset({Dimension.PLATFORM, Dimension.CAMPAIGN}),
    "item": frozenset({Dimension.PRODUCT}),
    "product": frozenset({Dimension.PRODUCT, Dimension.PLATFORM}),
    "campaign": frozenset({Dimension.PRODUCT, Dimension.PLATFORM, Dimension.CAMPAIGN}),
}
# Counts up with each change of what is kept (ADR 26). The database takes no sum of an older edition: a release that
# does not know all families must not add to some of them while a newer one runs beside it.
EDITION: Final = 3
# Where an order stands is of today: by event it would change the days of everything that ever happened to it.
ONLY_BY_COHORT: Final = ("state",)

COLUMNS: Final[dict[Dimension, str]] = {
    Dimension.PRODUCT: "product_id",
    Dimension.AGENT: "agent_id",
    Dimension.PLATFORM: "platform",
    Dimension.CAMPAIGN: "campaign",
    Dimension.CITY: "city_id",
    Dimension.CARRIER: "carrier_id",
    Dimension.CHANNEL: "channel",
    Dimension.STORE: "store_id",
    Dimension.STATE: "state_id",
    Dimension.REASON: "reason_id",
    Dimension.HOUR: "hour",
}


def family_for(dimensions: Collection[Dimension], basis: Basis) -> str | None:
    """The smallest family that tells these dimensions apart; day and weekday always are. None: such sums are not kept.

    Sums of products are never summed up over products: an order with two of them counts for both.
    """
    asked = frozenset(dimensions) - {Dimension.DAY, Dimension.WEEKDAY}
    for name, keys in FAMILIES.items():
        is_kept_so = basis is Basis.COHORT or name not in ONLY_BY_COHORT
        if is_kept_so and asked <= keys and (Dimension.PRODUCT in asked) == (Dimension.PRODUCT in keys):
            return name
    return None


def is_kept(measure: Measure, basis: Basis) -> bool:
    """Different values add up over days only where each has one day: by cohort."""
    return measure.source in KEPT_SOURCES and (basis is Basis.COHORT or not measure.is_distinct)
