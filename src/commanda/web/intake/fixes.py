"""What was typed into a card of the inbox, as the services take it."""

from dataclasses import replace
from typing import Final

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from commanda.customers.city_names import CityIndex
from commanda.intake.matching import ProductMatcher, load_cities, load_products
from commanda.intake.services.mend_row import Fix
from commanda.kernel.errors import Invalid

# Between the name and the SKU in the list of products that inputs offer.
SKU_MARK: Final = " · "


def read_fixes(data: QueryDict) -> dict[int, Fix]:
    """Corrections by row of the order. A pressed suggestion (`pick`) wins over what stands in its input.

    Raises `Invalid` for a product or city that is typed but not known.
    """
    fixes: dict[int, Fix] = {}
    remember = "remember" in data
    for key, value in [*data.items(), *_picked(data)]:
        kind, _sep, rest = key.partition("-")
        place_text, _sep, name = rest.partition("-")
        if kind not in {"fix", "product", "city"} or not (place_text.isascii() and place_text.isdigit()):
            continue
        place, text = int(place_text), str(value).strip()
        fix = fixes.get(place, Fix(remember=remember))
        if kind == "fix":
            fix = replace(fix, texts={**fix.texts, name: text})
        elif text and kind == "product":
            fix = replace(fix, variant_id=_variant(text))
        elif text:
            fix = replace(fix, city_id=_city(text))
        fixes[place] = fix
    return fixes


def chosen_city(data: QueryDict) -> int | None:
    """The city chosen for an imported row."""
    return next((fix.city_id for fix in read_fixes(data).values() if fix.city_id), None)


def _picked(data: QueryDict) -> list[tuple[str, str]]:
    """`product-0-17` as (`product-0`, `#17`); `fix-0-phone-0612345678` as (`fix-0-phone`, `0612345678`)."""
    pick = str(data.get("pick", ""))
    name, _sep, value = pick.rpartition("-")
    if not name:
        return []
    return [(name, value if name.startswith("fix-") else f"#{value}")]


def _variant(text: str, products: ProductMatcher | None = None) -> int:
    if text.startswith("#") and text[1:].isascii() and text[1:].isdigit():
        return int(text[1:])
    name, _sep, sku = text.rpartition(SKU_MARK)
    matcher = products or load_products()
    found = matcher.match(sku=sku, text=name or text).variant_id
    if found is None:
        raise Invalid(_("There is no product called “%(typed)s”. Choose one of the list."), field="product", typed=text)
    return found


def _city(text: str, cities: CityIndex | None = None) -> int:
    if text.startswith("#") and text[1:].isascii() and text[1:].isdigit():
        return int(text[1:])
    found = (cities or load_cities()).match(text)
    if found is None:
        raise Invalid(_("There is no city called “%(typed)s”. Choose one of the list."), field="city", typed=text)
    return found
