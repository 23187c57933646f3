"""What was typed and pressed in the grid of the inbox, as the services take it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from commanda.intake.matching import load_cities, load_products
from commanda.intake.models import StagedRow
from commanda.intake.services.fixing import Fix
from commanda.kernel.errors import Invalid
from commanda.web.intake.inbox_rows import PRODUCT, shown_text

# Between the name and the SKU in the list of products that inputs offer.
SKU_MARK: Final = " · "
_CITY: Final = frozenset({"city_unknown"})


class Names:
    """The catalogue's names and the cities', read when first asked for."""

    def __init__(self) -> None:
        self._products: Any = None
        self._cities: Any = None

    def variant(self, text: str) -> int | None:
        """The variant that a text of the list names beyond doubt."""
        self._products = self._products or load_products()
        name, _sep, sku = text.rpartition(SKU_MARK)
        found: int | None = self._products.match(sku=sku, text=name or text).variant_id
        return found

    def city(self, text: str) -> int | None:
        self._cities = self._cities or load_cities()
        found: int | None = self._cities.match(text)
        return found


def typed_rows(data: QueryDict) -> list[int]:
    """The ids of the rows that the form holds cells of, and of a suggestion that was pressed."""
    return list(dict.fromkeys([row_id for row_id, _place, _field, _text in _cells(data)] + _picked_rows(data)))


def read_fixes(data: QueryDict, rows: Iterable[StagedRow]) -> dict[int, dict[int, Fix]]:
    """Corrections by row and by place: of each row only what differs from what it shows.

    A product or city of the list is a choice, remembered if the box is ticked; any other text stands for the cell.
    A pressed suggestion (`pick`) wins over what stands in its inputs.
    """
    by_id, names = {row.pk: row for row in rows}, Names()
    fixes: dict[int, dict[int, Fix]] = {}
    blank = Fix(remember="remember" in data)
    for row_id, place, name, text in _cells(data):
        row = by_id.get(row_id)
        if row is None or _same(text, shown_text(row, place, name)):
            continue
        fix = fixes.setdefault(row_id, {}).get(place, blank)
        fixes[row_id][place] = _with_text(fix, row, place, name, text, names)
    for row_id, place, picked in _picks(data):
        if row_id in by_id:
            fix = fixes.setdefault(row_id, {}).get(place, blank)
            fixes[row_id][place] = _with_pick(fix, picked)
    return fixes


def chosen_city(data: QueryDict, row: StagedRow) -> int | None:
    """The city chosen or typed for an imported row. Raises `Invalid` for one that is not known."""
    for row_id, _place, picked in _picks(data):
        if row_id == row.pk and picked.get("city"):
            return int(picked["city"])
    names = Names()
    for row_id, place, name, text in _cells(data):
        if row_id == row.pk and name == "city" and text and not _same(text, shown_text(row, place, name)):
            return city_called(text, names)
    return None


def bulk_options(data: QueryDict) -> dict[str, Any]:
    """What a bulk action sets: a product or city of the list, or a text. Raises `Invalid` for an unknown city."""
    field, text = str(data.get("set_field", "")), str(data.get("set_text", "")).strip()
    options: dict[str, Any] = {"remember": "remember" in data, "reason": str(data.get("reason", ""))}
    names = Names()
    if field == "product" and (variant := names.variant(text)) is not None:
        return options | {"variant_id": variant}
    if field == "city" and text:
        return options | {"city_id": city_called(text, names)}
    return options | {"field": field, "text": text}


def city_called(text: str, names: Names) -> int:
    """The city that a text names. Raises `Invalid`."""
    found = names.city(text)
    if found is None:
        raise Invalid(_("There is no city called “%(typed)s”. Choose one of the list."), field="city", typed=text)
    return found


def _with_text(fix: Fix, row: StagedRow, place: int, name: str, text: str, names: Names) -> Fix:
    codes = {problem["code"] for problem in row.problems if problem["row"] == place}
    if name == "product" and text and (SKU_MARK in text or codes & PRODUCT):
        variant = names.variant(text)
        if variant is not None:
            return replace(fix, variant_id=variant)
    if name == "city" and text and codes & _CITY:
        city = names.city(text)
        if city is not None:
            return replace(fix, city_id=city)
    return replace(fix, texts={**fix.texts, name: text})


def _with_pick(fix: Fix, picked: Mapping[str, Any]) -> Fix:
    if isinstance(picked.get("variant"), int):
        return replace(fix, variant_id=picked["variant"], texts=_without(fix.texts, "product"))
    if isinstance(picked.get("city"), int):
        return replace(fix, city_id=picked["city"], texts=_without(fix.texts, "city"))
    texts = picked.get("texts")
    if isinstance(texts, dict):
        return replace(fix, texts={**fix.texts, **{str(name): str(text) for name, text in texts.items()}})
    return fix


def _without(texts: Mapping[str, str], name: str) -> dict[str, str]:
    return {other: text for other, text in texts.items() if other != name}


def _cells(data: QueryDict) -> Iterator[tuple[int, int, str, str]]:
    """`fix-12-0-phone` as (12, 0, "phone", text)."""
    for key, value in data.items():
        parts = key.split("-", 3)
        if len(parts) == 4 and parts[0] == "fix" and _is_number(parts[1]) and _is_number(parts[2]):
            yield int(parts[1]), int(parts[2]), parts[3], str(value).replace("\r\n", "\n").strip()


def _picks(data: QueryDict) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """The suggestion that was pressed: `{"row": 12, "place": 0, "variant": 7}`."""
    try:
        picked = json.loads(str(data.get("pick", "") or "null"))
    except ValueError:
        return
    if isinstance(picked, dict) and isinstance(picked.get("row"), int) and isinstance(picked.get("place"), int):
        yield picked["row"], picked["place"], picked


def _picked_rows(data: QueryDict) -> list[int]:
    return [row_id for row_id, _place, _picked in _picks(data)]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16


def _same(typed: str, shown: str) -> bool:
    return " ".join(typed.split()) == " ".join(shown.split())
