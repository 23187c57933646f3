"""Figures, their targets, and the page that shows them."""

import datetime as dt
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.targets import TARGETS, Target

FILE = Path(__file__).with_name("RESULTS.md")
MISSING = "–"


@dataclass(frozen=True)
class Figure:
    """One measured thing. `values` hold what targets may ask for; `limit` is in the unit of `value`."""

    key: str
    title: str
    value: float
    unit: str
    limit: float | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    note: str = ""
    is_shorter_better: bool = False

    @property
    def ratio(self) -> float | None:
        """Ours by the limit: the share of the limit's rate, or how many times the limit's seconds."""
        return self.value / self.limit if self.limit else None

    @property
    def targets(self) -> tuple[Target, ...]:
        return TARGETS.get(self.key, ())

    @property
    def missed(self) -> list[Target]:
        known = {**self.values, **({} if self.ratio is None else {"ratio": self.ratio})}
        return [target for target in self.targets if not target.is_met(known[target.name])]


@dataclass(frozen=True)
class Circumstances:
    """What the figures hold for."""

    orders: int
    seconds: float
    clients: int
    workers: int
    postgresql: str

    def lines(self) -> list[str]:
        return [
            f"- {dt.datetime.now(dt.UTC):%Y-%m-%d}, {os.cpu_count()} cores shared by clients, web server and database",
            f"- Python {platform.python_version()}, PostgreSQL {self.postgresql}, fsync on, {self.workers} web workers",
            f"- {self.orders:,} orders of history, {self.seconds:g} s a figure, {self.clients} clients if not named",
        ]


def page(figures: Iterable[Figure], circumstances: Circumstances, remarks: Iterable[str]) -> str:
    """The content of RESULTS.md."""
    figures = list(figures)
    missed = [figure for figure in figures if figure.missed]
    lines = ["# Results of `make bench`", "", "How to read this: `docs/ops/bench.md`.", "", *circumstances.lines()]
    lines += [f"- {remark}" for remark in remarks]
    lines += ["", *table(figures, limit="limit")]
    lines += ["", f"{len(figures)} figures, {len(missed)} with a missed target.", "", "## What a request costs", ""]
    lines += [
        "| figure | requests | p50 ms | p95 ms | statements | round trips | SQL ms | CPU ms web | CPU ms database |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [_details(figure) for figure in figures if "round_trips" in figure.values]
    return "\n".join(lines) + "\n"


def table(figures: Iterable[Figure], *, limit: str) -> list[str]:
    """The figures with their targets, a line each below a head that says what `limit` is."""
    head = [f"| figure | ours | {limit} | ratio | target | ok |", "|---|---:|---:|---:|---|---|"]
    return [*head, *map(_row, figures)]


def _row(figure: Figure) -> str:
    if not figure.targets:
        verdict = MISSING
    else:
        verdict = "**no**: " + ", ".join(target.text for target in figure.missed) if figure.missed else "yes"
    title = figure.title + (f" ({figure.note})" if figure.note else "")
    return (
        f"| {title} | {_number(figure.value)} {figure.unit} | {_limit(figure)} | {_ratio(figure)} "
        f"| {', '.join(target.text for target in figure.targets) or MISSING} | {verdict} |"
    )


def _limit(figure: Figure) -> str:
    return MISSING if figure.limit is None else f"{_number(figure.limit)} {figure.unit}"


def _ratio(figure: Figure) -> str:
    if figure.ratio is None:
        return MISSING
    return f"{figure.ratio:.2f} ×" if figure.is_shorter_better else f"{figure.ratio * 100:.0f} %"


def _details(figure: Figure) -> str:
    values = figure.values
    numbers = [f"{values['requests']:,.0f}", *(f"{values[name]:.1f}" for name in ("p50_ms", "p95_ms"))]
    numbers += [f"{values[name]:.1f}" for name in ("statements", "round_trips")]
    numbers += [f"{values[name]:.2f}" for name in ("sql_ms", "web_cpu_ms", "database_cpu_ms")]
    return f"| {figure.title} | {' | '.join(numbers)} |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
