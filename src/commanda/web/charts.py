"""Chart data as values: a page builds a `Chart`, `<c-chart :chart="chart" />` draws it, its figures below.

    line(_("Leads"), days, [Series(_("Leads"), leads)], unit=Unit.COUNT)
    funnel(_("From lead to delivery"), [(_("Leads"), 600, url), (_("Confirmed"), 410, url)])

Numbers stay int or Decimal here and become text in the page's data island: the browser only draws them.
Ratios are 0..1. None is a gap. `links` open the rows behind each figure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from hashlib import blake2s
from typing import Any

from commanda.kernel.formats import mad, pct, qty

Number = int | Decimal | None


class Unit(StrEnum):
    """How a figure is written."""

    COUNT = "count"
    MAD = "mad"
    RATIO = "ratio"


class Colour(StrEnum):
    """Named by what it means; the page's theme decides how it looks."""

    PRIMARY = "primary"
    GOOD = "green"
    BAD = "red"
    WARNING = "orange"
    INFO = "azure"
    PURPLE = "purple"
    TEAL = "teal"
    MUTED = "secondary"


PALETTE = (
    Colour.PRIMARY,
    Colour.TEAL,
    Colour.WARNING,
    Colour.PURPLE,
    Colour.INFO,
    Colour.BAD,
    Colour.GOOD,
    Colour.MUTED,
)
_FORMATS = {Unit.COUNT: qty, Unit.MAD: mad, Unit.RATIO: pct}


def format_figure(value: Number, unit: Unit) -> str:
    """The figure as the page writes it; a dash for None."""
    return _FORMATS[unit](value)


@dataclass(frozen=True, slots=True)
class Series:
    """One row of figures, as many as the chart has labels."""

    name: Any
    values: Sequence[Number]
    colour: Colour | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """What the browser draws and what the table below it says."""

    kind: str
    title: Any
    labels: Sequence[Any]
    series: Sequence[Series]
    unit: Unit = Unit.COUNT
    links: Sequence[str] = ()
    stacked: bool = False
    texts: list[list[str]] = field(init=False, repr=False)  # the figures as written, series by series

    def __post_init__(self) -> None:
        for series in self.series:
            if len(series.values) != len(self.labels):
                raise ValueError(f"{series.name}: {len(series.values)} values for {len(self.labels)} labels")
        if self.links and len(self.links) != len(self.labels):
            raise ValueError(f"{len(self.links)} links for {len(self.labels)} labels")
        texts = [[format_figure(value, self.unit) for value in series.values] for series in self.series]
        object.__setattr__(self, "texts", texts)

    @property
    def is_empty(self) -> bool:
        """Nothing to draw: no label, or only zeros and gaps."""
        return not any(value for series in self.series for value in series.values)

    @property
    def dom_id(self) -> str:
        """Stable for the same chart; give `id` to `<c-chart>` where a page has two of one title."""
        return f"chart-{blake2s(f'{self.kind} {self.title}'.encode(), digest_size=5).hexdigest()}"

    @property
    def data(self) -> dict[str, Any]:
        """JSON-safe: what `static/js/charts.js` reads."""
        return {
            "kind": self.kind,
            "title": str(self.title),
            "unit": self.unit.value,
            "stacked": self.stacked,
            "labels": [str(label) for label in self.labels],
            "links": list(self.links),
            "series": [
                {
                    "name": str(series.name),
                    "colour": (series.colour or PALETTE[place % len(PALETTE)]).value,
                    "values": [None if value is None else str(value) for value in series.values],
                    "texts": self.texts[place],
                }
                for place, series in enumerate(self.series)
            ],
        }

    @property
    def head(self) -> list[Any]:
        """The names of the table's columns after the first."""
        return [series.name for series in self.series]

    @property
    def rows(self) -> list[tuple[Any, str, tuple[str, ...]]]:
        """The table: label, link ("" without one), figures as text."""
        texts = list(zip(*self.texts, strict=True)) or [()] * len(self.labels)
        return list(zip(self.labels, self.links or [""] * len(self.labels), texts, strict=True))


def line(
    title: Any,
    labels: Sequence[Any],
    series: Sequence[Series],
    *,
    unit: Unit = Unit.COUNT,
    links: Sequence[str] = (),
) -> Chart:
    """Values over time."""
    return Chart("line", title, labels, series, unit, links)


def bar(
    title: Any,
    labels: Sequence[Any],
    series: Sequence[Series],
    *,
    unit: Unit = Unit.COUNT,
    stacked: bool = False,
    links: Sequence[str] = (),
) -> Chart:
    """Upright bars, side by side or stacked."""
    return Chart("bar", title, labels, series, unit, links, stacked)


def ranking(
    title: Any,
    rows: Iterable[tuple[Any, Number, str]],
    *,
    unit: Unit = Unit.COUNT,
    colour: Colour = Colour.PRIMARY,
) -> Chart:
    """Lying bars for names: (name, value, link), the first on top."""
    return _single("ranking", title, rows, unit, colour)


def funnel(title: Any, steps: Iterable[tuple[Any, Number, str]], *, unit: Unit = Unit.COUNT) -> Chart:
    """Steps that lose some each time: (name, value, link); drawn with the share of the first step."""
    return _single("funnel", title, steps, unit, Colour.PRIMARY)


def donut(title: Any, parts: Iterable[tuple[Any, Number, str]], *, unit: Unit = Unit.COUNT) -> Chart:
    """Parts of a whole, at most eight: (name, value, link)."""
    return _single("donut", title, parts, unit, Colour.PRIMARY)


def waterfall(
    title: Any,
    steps: Iterable[tuple[Any, Number, str]],
    *,
    unit: Unit = Unit.MAD,
    total_label: Any = "",
) -> Chart:
    """A sum built step by step: (name, change, link); `total_label` adds the result as a last bar."""
    rows = list(steps)
    if total_label:
        rows.append(
            (
                total_label,
                sum((value or 0 for _name, value, _link in rows), start=Decimal(0)),
                "",
            )
        )
    chart = _single("waterfall", title, rows, unit, Colour.PRIMARY)
    return chart if not total_label else Chart("waterfall_total", title, chart.labels, chart.series, unit, chart.links)


def _single(
    kind: str,
    title: Any,
    rows: Iterable[tuple[Any, Number, str]],
    unit: Unit,
    colour: Colour,
) -> Chart:
    found = list(rows)
    return Chart(
        kind,
        title,
        [name for name, _value, _link in found],
        [Series(title, [value for _name, value, _link in found], colour)],
        unit,
        [link for _name, _value, link in found],
    )


def sparkline(values: Sequence[Number], *, width: int = 96, height: int = 24) -> str:
    """The points of an SVG polyline in a `width` × `height` box; "" for fewer than two values."""
    numbers = [float(value or 0) for value in values]
    if len(numbers) < 2:
        return ""
    low, high = min(numbers), max(numbers)
    spread = (high - low) or 1
    step = width / (len(numbers) - 1)
    return " ".join(
        f"{place * step:.1f},{(height - 2) - (number - low) / spread * (height - 4):.1f}"
        for place, number in enumerate(numbers)
    )
