"""Computes KPIs: one SQL statement for each source that the asked ones need, whatever the number of orders."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from commanda.accounts.permissions import Perm
from commanda.insights.families import is_kept
from commanda.insights.kept import KeptQuestion, kept_question, kept_sums
from commanda.insights.kpis import KPIS, Kpi, View, kpis_for, sees_all_orders, sees_all_spend
from commanda.insights.measures import (
    ADVERTISED,
    BONUSES,
    COMMISSIONS,
    EXPENSES,
    MEASURES,
    SPEND,
    Dimension,
    Measure,
    Source,
)
from commanda.insights.periods import Period
from commanda.insights.shares import share_out
from commanda.insights.statements import Basis, has_keys, statement
from commanda.kernel.actor import Actor
from commanda.kernel.replica import reading

Key = tuple[Any, ...]
Filters = Mapping[Dimension, Any]
ZERO: Final = Decimal(0)
# What belongs to the whole shop, and by which sum the products share it.
GENERAL: Final = {"expenses": "revenue", "expenses_by_orders": "delivered", "bonus": "revenue"}


class GroupSums(dict[str, Decimal]):
    """The sums of a group; of what no row was found the sum is nothing."""

    def __missing__(self, _slug: str) -> Decimal:
        return ZERO


class Figures(Mapping[str, Decimal | None]):
    """KPI values by slug, each computed from the sums when it is first asked for.

    None: nothing to divide by, or not known for this grouping. What the actor may not see is not in it at all.
    """

    __slots__ = ("_found", "_kpis", "_sums", "_unknown")

    def __init__(self, kpis: Mapping[str, Kpi], sums: GroupSums, unknown: Collection[str] = ()) -> None:
        self._kpis, self._sums, self._unknown = kpis, sums, unknown
        self._found: dict[str, Decimal | None] = {}

    @classmethod
    def of_nothing(cls, kpis: Mapping[str, Kpi]) -> "Figures":
        """The figures where there is no row."""
        return cls(kpis, GroupSums())

    @classmethod
    def together(cls, groups: Iterable["Figures"], kpis: Mapping[str, Kpi]) -> "Figures":
        """The figures of groups of one question as a single one: where what counts in two of them is to count twice."""
        found = list(groups)
        unknown = {slug for group in found for slug in group._unknown}
        return cls(kpis, _added(group._sums for group in found), unknown)

    def __getitem__(self, slug: str) -> Decimal | None:
        if slug not in self._found:
            kpi = self._kpis[slug]
            is_unknown = any(part in self._unknown for part in kpi.sums)
            self._found[slug] = None if is_unknown else kpi.formula(self._sums)
        return self._found[slug]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kpis)

    def __len__(self) -> int:
        return len(self._kpis)


def figures(
    actor: Actor,
    period: Period,
    *,
    kpis: Collection[str] | None = None,
    filters: Filters | None = None,
    basis: Basis = Basis.COHORT,
    view: View = View.ORDERS,
) -> Figures:
    """The KPIs of a period over all rows that count for the actor; `kpis` None: every one the actor may see."""
    table = grouped(actor, period, (), kpis=kpis, filters=filters, basis=basis, view=view)
    return table[()]


def grouped(
    actor: Actor,
    period: Period,
    by: Sequence[Dimension],
    *,
    kpis: Collection[str] | None = None,
    filters: Filters | None = None,
    basis: Basis = Basis.COHORT,
    view: View = View.ORDERS,
) -> dict[Key, Figures]:
    """The KPIs per group; the key has a value for each dimension of `by` (ids, slugs, days; None for "none").

    Groups without any row are absent; without `by` there is one group, `()`.
    """
    wanted = _wanted(actor, kpis, view)
    needed = _measures(wanted)
    if Dimension.PRODUCT in by:
        needed |= {weight: MEASURES[weight] for slug, weight in GENERAL.items() if slug in needed}
    sums, unknown = _sums(actor, period, by, needed, filters or {}, basis, view)
    if not by:
        sums.setdefault((), GroupSums())
    return {key: Figures(wanted, row, unknown) for key, row in sums.items()}


def plain_sums(
    actor: Actor,
    period: Period,
    measures: Iterable[Measure],
    *,
    filters: Filters | None = None,
    basis: Basis = Basis.COHORT,
    view: View = View.ORDERS,
) -> GroupSums:
    """What the measures come to over all rows that count for the actor: for what is made of sums and is no KPI."""
    needed = {measure.slug: measure for measure in measures}
    found, _unknown = _sums(actor, period, (), needed, filters or {}, basis, view)
    return found.get((), GroupSums())


@dataclass(frozen=True, slots=True)
class Course:
    """A period's KPIs, those of the period before, and those of each of its days."""

    now: Figures
    before: Figures
    days: dict[date, Figures]


def course(
    actor: Actor,
    period: Period,
    kpis: Collection[str] | None = None,
    *,
    basis: Basis = Basis.COHORT,
    view: View = View.ORDERS,
) -> Course:
    """What `figures` gives for the period and for the one before, and `grouped` by day, in a third of the statements.

    GroupSums add up over days, but for orders that were called on several: what needs those is left out.
    """
    wanted = {slug: kpi for slug, kpi in _wanted(actor, kpis, view).items() if "called_orders" not in kpi.sums}
    both = Period(period.previous.first, period.last)
    sums, unknown = _sums(actor, both, (Dimension.DAY,), _measures(wanted), {}, basis, view)
    days = {key[0]: row for key, row in sums.items()}
    return Course(
        now=Figures(wanted, _added(days.get(day, GroupSums()) for day in period), unknown),
        before=Figures(wanted, _added(days.get(day, GroupSums()) for day in period.previous), unknown),
        days={day: Figures(wanted, days.get(day, GroupSums()), unknown) for day in period},
    )


def _wanted(actor: Actor, kpis: Collection[str] | None, view: View) -> dict[str, Kpi]:
    visible = kpis_for(actor, view)
    return {slug: visible[slug] for slug in (KPIS if kpis is None else kpis) if slug in visible}


def _measures(kpis: Mapping[str, Kpi]) -> dict[str, Measure]:
    return {slug: MEASURES[slug] for kpi in kpis.values() for slug in kpi.sums}


def _added(rows: Iterable[GroupSums]) -> GroupSums:
    added = GroupSums()
    for row in rows:
        for slug, value in row.items():
            added[slug] += value
    return added


def _sums(
    actor: Actor,
    period: Period,
    by: Sequence[Dimension],
    needed: Mapping[str, Measure],
    filters: Filters,
    basis: Basis,
    view: View,
) -> tuple[dict[Key, GroupSums], set[str]]:
    """The sums by key, and the slugs of those that do not exist for this grouping."""
    asked = _Asked(actor, period, tuple(by), filters, basis)
    found: dict[Key, GroupSums] = defaultdict(GroupSums)
    unknown: set[str] = set()
    counted: list[Sequence[Measure]] = []
    kept: dict[KeptQuestion, list[Measure]] = defaultdict(list)
    for measures in _by_source(needed.values(), basis):
        source = measures[0].source
        if source is BONUSES and Dimension.PRODUCT in filters:
            continue  # of one product alone there is none
        if not has_keys(source, (*by, *filters)) or (source is EXPENSES and filters):
            unknown.update(measure.slug for measure in measures)
            continue
        limit = limit_for(actor, source, view)
        question = kept_question(source, measures, by=by, filters=filters, basis=basis, limit=limit, actor=actor)
        if question is None:
            counted.append(measures)
        else:
            kept[question] += measures
    for question, summed in kept.items():
        if not _add_kept(found, asked, question, summed):
            counted += _by_source(summed, basis)
    for those in counted:
        _count(found, asked, those, limit_for(actor, those[0].source, view))
    for slug, weight in GENERAL.items():
        if slug in needed and slug not in unknown:
            _share_general(found, by, slug, weight)
    return found, unknown


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked, whatever the source."""

    actor: Actor
    period: Period
    by: tuple[Dimension, ...]
    filters: Filters
    basis: Basis


def _by_source(measures: Iterable[Measure], basis: Basis) -> list[list[Measure]]:
    """The measures of each source together, those of which sums are kept apart from the others."""
    groups: dict[tuple[Source, bool], list[Measure]] = defaultdict(list)
    for measure in measures:
        groups[measure.source, is_kept(measure, basis)].append(measure)
    return list(groups.values())


def _add(found: dict[Key, GroupSums], asked: _Asked, rows: list[tuple[Any, ...]], measures: Sequence[Measure]) -> None:
    width, slugs = len(asked.by), [measure.slug for measure in measures]
    for row in rows:
        values = row[width:]
        if not any(values):
            continue  # a group in which nothing is left is none
        sums = found[row[:width]]
        for slug, value in zip(slugs, values, strict=True):
            if value:
                sums[slug] += value


def _count(found: dict[Key, GroupSums], asked: _Asked, measures: Sequence[Measure], limit: str) -> None:
    """Add what the rows come to."""
    built = statement(measures[0].source, measures, by=asked.by, filters=asked.filters, basis=asked.basis, limit=limit)
    _add(found, asked, _run(*built, asked.actor, asked.period), measures)


def _add_kept(found: dict[Key, GroupSums], asked: _Asked, question: KeptQuestion, measures: Sequence[Measure]) -> bool:
    """Add kept sums, and what the rows that they do not tell apart come to; False, and nothing, where they are old."""
    rows = kept_sums(question, measures, by=asked.by, basis=asked.basis, period=asked.period, actor=asked.actor)
    if rows is None:
        return False
    _add(found, asked, rows, measures)
    for own in _by_source(measures, asked.basis) if question.is_own else ():
        if unassigned := own[0].source.own_unassigned:
            _count(found, asked, own, unassigned)
    return True


def limit_for(actor: Actor, source: Source, view: View) -> str:
    """Which rows count for the actor, as a condition; "" for all."""
    if source is SPEND:
        return "" if sees_all_spend(actor) else source.own
    if source in (COMMISSIONS, BONUSES):
        return "" if actor.can(Perm.FINANCE_VIEW) else source.own
    if view is View.ADS:
        return "" if sees_all_spend(actor) else ADVERTISED
    return "" if sees_all_orders(actor) else source.own


def _run(sql: str, parameters: dict[str, Any], actor: Actor, period: Period) -> list[tuple[Any, ...]]:
    with reading().cursor() as cursor:
        cursor.execute(sql, {**parameters_of(actor, period), **parameters})
        return cursor.fetchall()


def parameters_of(actor: Actor, period: Period) -> dict[str, Any]:
    """What every statement of `statements` knows: the span as instants and as days, and who asks."""
    start, end = period.instants
    return {"start": start, "end": end, "first": period.first, "last": period.last, "me": actor.user_id}


def _share_general(found: dict[Key, GroupSums], by: Sequence[Dimension], slug: str, weight: str) -> None:
    """What is for no product goes to the products by their weight; without any it stays under None."""
    if Dimension.PRODUCT not in by:
        return
    place = list(by).index(Dimension.PRODUCT)
    for key in [key for key in found if key[place] is None]:
        general = found[key].pop(slug, ZERO)
        others = [
            other
            for other in found
            if other[place] is not None and other[:place] + other[place + 1 :] == key[:place] + key[place + 1 :]
        ]
        parts = share_out(general, [found[other][weight] for other in others])
        if parts is None:
            found[key][slug] = general
            continue
        for other, part in zip(others, parts, strict=True):
            found[other][slug] += part
        if not any(found[key].values()):
            del found[key]
