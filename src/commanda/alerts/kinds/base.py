"""What every kind of alert is: a question asked of the shop now and then, and words for its answer.

A kind asks in a constant number of statements, whatever the number of products, agents or cities it looks at. It
returns every subject of which something is wrong, also those that are only nearly well again (`Finding.opens` False):
an alert opens at the limit and closes a margin behind it, so that a value that swings around it rings once.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from commanda.alerts.sights import Sight
from commanda.alerts.units import Unit
from commanda.insights.measures import Dimension

# How far behind its limit a rate or an amount must be before its alert closes.
MARGIN: Final = Decimal("0.1")
# An alert that is open outlives a quiet week: it stays until there is only half of what it took to open.
FEWER: Final = 2
# By so much a value must have grown worse since it was told to be told again.
NEWS: Final = Decimal("0.25")


class Cadence(StrEnum):
    """How often a kind is asked: what is cheap every few minutes, rates over many orders every hour."""

    OFTEN = "often"
    HOURLY = "hourly"


# A rule that nobody asked for so long is a sign that the worker rests.
OVERDUE_AFTER: Final = {Cadence.OFTEN: timedelta(minutes=20), Cadence.HOURLY: timedelta(hours=3)}


class Area(StrEnum):
    """Where kinds stand together on pages."""

    STOCK = "stock"
    ORDERS = "orders"
    ADS = "ads"
    INTAKE = "intake"
    SYSTEM = "system"

    @property
    def label(self) -> str:
        return str(_AREAS[self])


_AREAS: Final = {
    Area.STOCK: _("Stock"),
    Area.ORDERS: _("Orders and deliveries"),
    Area.ADS: _("Ads"),
    Area.INTAKE: _("Intake"),
    Area.SYSTEM: _("The program"),
}


# What a rule may look at one by one.
DIMENSIONS: Final = {
    Dimension.PRODUCT: _("Product"),
    Dimension.CITY: _("City"),
    Dimension.CARRIER: _("Carrier"),
    Dimension.AGENT: _("Agent"),
}


@dataclass(frozen=True, slots=True)
class Limit:
    """A number that an administrator sets for a rule, with its unit and the span it may lie in (ratios 0..1)."""

    slug: str
    label: Any
    unit: Unit
    default: Decimal
    lowest: Decimal
    highest: Decimal
    explanation: Any = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a rule asks: the limits by slug, the days to look back over, and what to look at one by one."""

    limits: Mapping[str, Decimal]
    days: int = 0
    dimension: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A subject of which something is wrong.

    `key` is the same each time the same thing is wrong. `things` names what it is about: kind of thing → id or slug.
    `owner_ids`: the people whose own matter it is. `extra`: further numbers and words for the sentence.
    """

    key: str
    value: Decimal | None
    limit: Decimal | None = None
    opens: bool = True
    things: Mapping[str, int | str] = field(default_factory=dict)
    owner_ids: tuple[int, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)


class Facts(dict[str, str]):
    """What is known of an alert, as it is kept: `value`, `limit`, and what the kind adds."""

    def number(self, name: str) -> Decimal | None:
        text = self.get(name, "")
        return Decimal(text) if text else None

    @classmethod
    def of(cls, finding: Finding) -> "Facts":
        numbers = {"value": finding.value, "limit": finding.limit}
        told = {name: format(number, "f") for name, number in numbers.items() if number is not None}
        return cls({**told, **finding.extra})


class Kind(ABC):
    """One kind of alert. `slug` is stored; `default_days` (0: it asks of now alone) and `dimensions` say what a rule of
    it must choose.

    `sentence` says with the value and the limit what is wrong: `%(value)s`, `%(limit)s`, and the facts of `numbers`,
    each in its unit; one that depends on the number is lazy in `"count"`, the value as a whole number.
    """

    slug: ClassVar[str]
    label: ClassVar[Any]
    icon: ClassVar[str]
    area: ClassVar[Area]
    sight: ClassVar[Sight]
    unit: ClassVar[Unit]
    cadence: ClassVar[Cadence] = Cadence.OFTEN
    limits: ClassVar[tuple[Limit, ...]] = ()
    default_days: ClassVar[int] = 0
    dimensions: ClassVar[tuple[Dimension, ...]] = ()
    is_worse_below: ClassVar[bool] = False
    # Whether people hear of it once: its value says only how time goes by.
    is_told_once: ClassVar[bool] = False
    # Whether its answer is to pause the product's ads.
    pauses_ads: ClassVar[bool] = False
    # What it looks for, for who sets it up; what to do, for who is told.
    explanation: ClassVar[Any]
    advice: ClassVar[Any]
    sentence: ClassVar[Any]
    numbers: ClassVar[Mapping[str, Unit]] = {}

    @abstractmethod
    def find(self, terms: Terms) -> list[Finding]:
        """Everything of this kind that is wrong now, or only nearly well again."""

    def says(self, facts: Facts) -> str:
        """The sentence with the numbers of these facts, in the language in force."""
        return str(self.sentence % self.words(facts))

    def words(self, facts: Facts) -> dict[str, Any]:
        """What stands in the places of the sentence."""
        units = {"value": self.unit, "limit": self.unit, **self.numbers}
        written = {name: unit.written(facts.number(name)) for name, unit in units.items()}
        return {**written, "count": int(facts.number("value") or 0)}

    def is_news(self, told: Decimal | None, value: Decimal | None) -> bool:
        """Whether the value has grown so much worse since it was told that people should hear of it again."""
        if self.is_told_once or told is None or value is None or told <= 0:
            return False
        return value <= told * (1 - NEWS) if self.is_worse_below else value >= told * (1 + NEWS)

    def defaults(self) -> dict[str, Decimal]:
        return {limit.slug: limit.default for limit in self.limits}
