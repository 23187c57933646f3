"""KPIs in templates: `{% load figures %}`."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from commanda.insights import kept
from commanda.insights.boards import Compared
from commanda.insights.compute import Figures
from commanda.insights.kpis import KPIS, Kpi, Unit
from commanda.insights.measures import Dimension
from commanda.kernel import formats
from commanda.reports import writing
from commanda.web.markup import figure_html, html
from commanda.web.reports.links import GroupLinks, RowLinks

register = template.Library()
register.simple_tag(kept.figures_of)


@register.simple_tag
def figure(row: Figures, kpi: Kpi | str) -> SafeString:
    """The KPI's value of a row of figures, written in its unit and kept left to right."""
    wanted = KPIS[kpi] if isinstance(kpi, str) else kpi
    return figure_html(writing.write(row.get(wanted.slug), wanted.unit))


@register.simple_tag
def figure_rows(row: Figures, kpi: Kpi | str, links: RowLinks, **keys: Any) -> SafeString:
    """The value as `figure` writes it, as a link to its rows: `{% figure_rows row.figures kpi links product=3 %}`."""
    wanted = KPIS[kpi] if isinstance(kpi, str) else kpi
    return _linked(row, wanted, links.of_group(_filters(keys)))


@register.simple_tag
def figure_cells(
    row: Figures,
    columns: Sequence[Kpi],
    links: RowLinks,
    brief: Collection[str],
    main: str = "",
    toned: str = "",
    **keys: Any,
) -> SafeString:
    """The cells of a row of figures, each as `figure_rows` writes it.

    What is not in `brief` is left out on phones; `main` stands out, `toned` shows a loss as one.
    """
    group, language = links.of_group(_filters(keys)), get_language()
    cells = []
    for kpi in columns:
        looks = "" if kpi.slug in brief else " card-hide"
        if kpi.slug == main:
            looks += " cell-main"
        if kpi.slug == toned:
            looks += f" {tone(row.get(toned))}"
        cells.append(f"{_opening(kpi.slug, looks, language)}{_linked(row, kpi, group)}</td>")
    return SafeString("".join(cells))


@lru_cache(maxsize=1024)
def _opening(slug: str, looks: str, _language: str | None) -> SafeString:
    """How the cells of a column begin: written once for all rows."""
    return html('<td class="text-end num{}" data-label="{}">', looks, KPIS[slug].label)


def _filters(keys: dict[str, Any]) -> dict[Dimension, Any]:
    return {Dimension(name): key if key != "" or name == Dimension.PLATFORM else None for name, key in keys.items()}


def _linked(row: Figures, kpi: Kpi, group: GroupLinks) -> SafeString:
    value = row.get(kpi.slug)
    url = group.to(kpi.slug) if value is not None else ""
    return figure_html(writing.write(value, kpi.unit), url)


@register.filter
def written(compared: Compared) -> SafeString:
    """The value of a card."""
    return figure_html(writing.write(compared.value, compared.kpi.unit))


@register.filter
def days(value: Any) -> SafeString:
    """`2,4 d`."""
    return figure_html(writing.write(formats.to_number(value), Unit.DAYS))


@register.filter
def change_text(compared: Compared) -> SafeString | str:
    """The change of a card."""
    text = writing.change_text(compared)
    return html('<bdi dir="ltr">{}</bdi>', text) if text else ""


@register.filter
def tone(value: Any) -> str:
    """`text-bad` for a loss, "" otherwise."""
    number = formats.to_number(value)
    return "is-loss" if number is not None and number < Decimal(0) else ""
