"""What a person chose on the mapping page, made into a mapping."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from commanda.intake.cells import MAX_QUANTITY, QuantityProblem, parse_quantity
from commanda.intake.cleaning import LIMITS
from commanda.intake.headers import find_header_row
from commanda.intake.mapping import DEFAULT_FIELDS, FIELDS, Column, Mapping, header_cells, header_key
from commanda.intake.product_format import AUTOMATIC, ProductFormat
from commanda.intake.readers.base import ReadProblem, is_blank
from commanda.kernel.errors import Invalid
from commanda.kernel.money import AmountProblem, parse_amount
from commanda.kernel.text import fold, strip_marks
from commanda.orders.models import Order, Store

_LAST: Final = 1_000


@dataclass(frozen=True, slots=True)
class Choices:
    """`columns` is column → field ("" for none), `ranks` the place of a column among those of its field."""

    columns: dict[int, str]
    ranks: dict[int, int] = field(default_factory=dict)
    has_header: bool = True
    centimes: bool = False
    month_first: bool = False
    defaults: dict[str, str] = field(default_factory=dict)
    product_format: ProductFormat = AUTOMATIC
    preset: str = ""


def mapping_from_choices(head: Sequence[Sequence[Any]], base: Mapping, choices: Choices) -> Mapping:
    """The mapping a person chose. Columns of one field complete one another, in the order of their ranks.

    Raises `Invalid` for fields and values that do not exist.
    """
    at, header = header_of(replace(base, has_header=choices.has_header), head)
    by_field: dict[str, list[tuple[int, int]]] = {}
    for index, name in sorted(choices.columns.items()):
        if name and name not in FIELDS:
            raise Invalid(_("Unknown field: %(name)s"), field="mapping", name=name)
        if name:
            by_field.setdefault(name, []).append((choices.ranks.get(index, _LAST), index))
    ordered = {name: [column_of(index, header) for _rank, index in sorted(found)] for name, found in by_field.items()}
    return replace(
        base,
        columns={name: columns[0] for name, columns in ordered.items()},
        more={name: tuple(columns[1:]) for name, columns in ordered.items() if len(columns) > 1},
        has_header=choices.has_header and at >= 0,
        centimes=choices.centimes,
        month_first=choices.month_first,
        defaults=checked_defaults(choices.defaults),
        product_format=choices.product_format,
        preset=choices.preset,
        notes=(),
    )


def checked_defaults(values: dict[str, str]) -> dict[str, str]:
    """Values for empty cells, tidied. Raises `Invalid` for what could not stand in such a cell."""
    kept: dict[str, str] = {}
    for name, value in values.items():
        if name not in DEFAULT_FIELDS:
            raise Invalid(_("Unknown field: %(name)s"), field="mapping", name=name)
        text = strip_marks(value)[: LIMITS.get(name, 60)]
        if text:
            _check(name, text)
        if text or name == "channel":
            kept[name] = text
    return kept


def _check(name: str, text: str) -> None:
    if name == "quantity":
        try:
            parse_quantity(text)
        except QuantityProblem:
            message = _("The usual quantity has to be a whole number between 1 and %(most)s.")
            raise Invalid(message, field=name, code="bad_default", most=MAX_QUANTITY) from None
    elif name == "unit_price":
        try:
            parse_amount(text)
        except AmountProblem:
            message = _("Type the usual price in dirhams, such as 199 or 199,50.")
            raise Invalid(message, field=name, code="bad_default") from None
    elif name == "channel" and text not in Order.Channel.values:
        raise Invalid(_("There is no channel “%(value)s”."), field=name, code="bad_default", value=text)
    elif name == "store" and fold(text) not in {fold(store) for store in Store.objects.values_list("name", flat=True)}:
        raise Invalid(
            _("There is no store “%(value)s”. Choose one of the list."), field=name, code="bad_default", value=text
        )


def header_of(mapping: Mapping, head: Sequence[Sequence[Any]]) -> tuple[int, list[Any]]:
    """The row of names and its number; where the mapping's columns are gone, the likeliest one, else the first filled
    row. (-1, []) without a header.
    """
    if not mapping.has_header:
        return -1, []
    try:
        at: int | None = mapping.locate(head).header_row
    except ReadProblem:
        at = find_header_row(head)
    if at is None:
        at = next((number for number, row in enumerate(head) if not is_blank(row)), -1)
    return at, header_cells(head, at) if at >= 0 else []


def column_of(index: int, header: Sequence[Any]) -> Column:
    """A column with its name as written and its number among equal names."""
    if index >= len(header):
        return Column(index, "")
    name = header_key(header[index])
    occurrence = sum(1 for cell in header[: index + 1] if header_key(cell) == name)
    return Column(index, str(header[index]).strip() if name else "", occurrence)
