"""KPIs in templates: `{% load figures %}`."""

from decimal import Decimal
from typing import Any

from django import template
from django.utils.safestring import SafeString

from commanda.insights.boards import Compared
from commanda.insights.compute import Figures
from commanda.insights.kpis import KPIS, Kpi, Unit
from commanda.insights.measures import Dimension
from commanda.kernel import formats
from commanda.reports import writing
from commanda.web.markup import html
from commanda.web.reports.links import RowLinks

register = template.Library()


@register.simple_tag
def figure(row: Figures, kpi: Kpi | str) -> SafeString:
    """The KPI's value of a row of figures, written in its unit and kept left to right."""
    wanted = KPIS[kpi] if isinstance(kpi, str) else kpi
    text = writing.write(row.get(wanted.slug), wanted.unit)
    return html('<bdi dir="ltr" class="num">{}</bdi>', text)


@register.simple_tag
def figure_rows(row: Figures, kpi: Kpi | str, links: RowLinks, **keys: Any) -> SafeString:
    """The value as `figure` writes it, as a link to its rows: `{% figure_rows row.figures kpi links product=3 %}`."""
    slug = kpi if isinstance(kpi, str) else kpi.slug
    text = figure(row, kpi)
    filters = {Dimension(name): key if key != "" or name == Dimension.PLATFORM else None for name, key in keys.items()}
    url = links.to(slug, filters) if row.get(slug) is not None else ""
    return html('<a class="figure-link" href="{}">{}</a>', url, text) if url else text


@register.filter
def written(compared: Compared) -> SafeString:
    """The value of a card."""
    return html('<bdi dir="ltr" class="num">{}</bdi>', writing.write(compared.value, compared.kpi.unit))


@register.filter
def days(value: Any) -> SafeString:
    """`2,4 d`."""
    return html('<bdi dir="ltr" class="num">{}</bdi>', writing.write(formats.to_number(value), Unit.DAYS))


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
