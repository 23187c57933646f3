"""What one unit of a currency is worth in dirhams on a day, from the table that people keep."""

from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from commanda.ads.models import ExchangeRate

MAD: Final = "MAD"
# Offered first; any other currency is offered as soon as it has a rate.
USUAL_CURRENCIES: Final = (MAD, "USD", "EUR")


@dataclass(frozen=True)
class RateTable:
    """The rates of some currencies, each in the order of their days."""

    rates: dict[str, tuple[list[date], list[Decimal]]]

    def rate_on(self, currency: str, day: date) -> Decimal | None:
        """The newest rate of the day or before it, else the first one after it; None for a currency without any."""
        if currency == MAD:
            return Decimal(1)
        if currency not in self.rates:
            return None
        days, rates = self.rates[currency]
        return rates[max(bisect_right(days, day) - 1, 0)]


def load_rates(currencies: Collection[str]) -> RateTable:
    """The table for some currencies, one query."""
    found: dict[str, tuple[list[date], list[Decimal]]] = {}
    rows = ExchangeRate.objects.filter(currency__in=currencies).order_by("currency", "valid_from_on")
    for currency, day, rate in rows.values_list("currency", "valid_from_on", "rate"):
        days, rates = found.setdefault(currency, ([], []))
        days.append(day)
        rates.append(rate)
    return RateTable(found)


def known_currencies() -> tuple[str, ...]:
    """The usual currencies and those that have a rate."""
    others = set(ExchangeRate.objects.order_by().values_list("currency", flat=True).distinct())
    return (*USUAL_CURRENCIES, *sorted(others - set(USUAL_CURRENCIES)))
