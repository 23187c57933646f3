"""The figures of reports: KPIs by key, by week or month, and in all. Values only; names and order stand in `table`."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from commanda.insights.compute import Figures, figures, grouped
from commanda.insights.kpis import KPIS, Kpi, kpis_for
from commanda.insights.measures import Dimension
from commanda.insights.periods import Period
from commanda.kernel.actor import Actor
from commanda.reports.query import ReportQuery

Values = Mapping[str, Decimal | None]
ZERO: Final = Decimal(0)


def totals(actor: Actor, query: ReportQuery, kpis: Sequence[Kpi], period: Period) -> Values:
    """The figures of all rows together, under the query's filters.

    A product's own figures are its row among all products: it carries its share of the general expenses.
    """
    if Dimension.PRODUCT in query.filters:
        rows = _grouped(actor, query, (Dimension.PRODUCT,), kpis, period)
        return rows.get((query.filters[Dimension.PRODUCT],)) or _nothing(kpis)
    return figures(
        actor,
        period,
        kpis=[kpi.slug for kpi in kpis],
        filters=query.filters,
        basis=query.basis,
        view=query.view,
    )


def rows_by_key(actor: Actor, query: ReportQuery, kpis: Sequence[Kpi], period: Period) -> dict[Any, Values]:
    """Key of the query's axis → figures."""
    rows = _grouped(actor, query, (query.axis.dimension,), kpis, period)
    return {key[0]: values for key, values in rows.items()}


def buckets(actor: Actor, query: ReportQuery, kpis: Sequence[Kpi], period: Period) -> dict[date, Values]:
    """First day → figures of each day, week or month of the period, in order, none left out."""
    bucket = query.axis.bucket
    if bucket is None:
        days = rows_by_key(actor, query, kpis, period)
        return {day: days.get(day) or _nothing(kpis) for day in period}
    allowed = kpis_for(actor, query.view)
    added = [kpi for kpi in kpis if _adds_up(kpi, allowed)]
    needed = {slug: KPIS[slug] for kpi in added for slug in ((kpi.slug,) if kpi.is_sum else kpi.sums)}
    days = rows_by_key(actor, query, list(needed.values()), period)
    sums: dict[date, dict[str, Decimal | None]] = {}
    for day in period:
        row = sums.setdefault(bucket(day), dict.fromkeys(needed, ZERO))
        for slug, value in days.get(day, {}).items():
            so_far = row[slug]
            row[slug] = None if value is None or so_far is None else so_far + value
    return {first: {kpi.slug: _formula(kpi, row) for kpi in added} for first, row in sums.items()}


def _adds_up(kpi: Kpi, allowed: Mapping[str, Kpi]) -> bool:
    """Whether it can be had from the days' figures: as their sum, or because each of its own sums is such a figure."""
    return kpi.is_sum or all(slug in allowed and allowed[slug].sums == (slug,) for slug in kpi.sums)


def _formula(kpi: Kpi, row: Mapping[str, Decimal | None]) -> Decimal | None:
    if kpi.is_sum:
        return row[kpi.slug]
    sums = {slug: value for slug in kpi.sums if (value := row.get(slug)) is not None}
    return kpi.formula(sums) if len(sums) == len(kpi.sums) else None


def _grouped(
    actor: Actor, query: ReportQuery, by: tuple[Dimension, ...], kpis: Sequence[Kpi], period: Period
) -> dict[tuple[Any, ...], Figures]:
    """By product, the product's filter is taken after the sums: general expenses are shared out over all products."""
    picks = Dimension.PRODUCT in by and Dimension.PRODUCT in query.filters
    filters = {key: value for key, value in query.filters.items() if not (picks and key is Dimension.PRODUCT)}
    slugs = [kpi.slug for kpi in kpis]
    rows = grouped(actor, period, by, kpis=slugs, filters=filters, basis=query.basis, view=query.view)
    if not picks:
        return rows
    place, wanted = by.index(Dimension.PRODUCT), query.filters[Dimension.PRODUCT]
    return {key: row for key, row in rows.items() if key[place] == wanted}


def _nothing(kpis: Sequence[Kpi]) -> Values:
    return {kpi.slug: ZERO if kpi.is_sum else None for kpi in kpis}
