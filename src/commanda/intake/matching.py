"""Finds what a sheet's words mean: products, cities, agents. Loaded once per import, then no query per row.

A wrong product costs a parcel, so nothing is guessed: SKU, learnt alias, then the product's name with its
colour and size, all compared folded and as a whole. What stays unknown is suggested to a person.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations
from typing import Final

from commanda.accounts.selectors import agents
from commanda.catalog.models import Alias, Variant
from commanda.customers.city_names import CityIndex
from commanda.customers.models import City, CityAlias
from commanda.kernel.text import fold

UNKNOWN: Final = "unknown_product"
UNCLEAR: Final = "variant_unclear"
NOT_SOLD: Final = "not_sold"
_LONGEST_TEXT: Final = 300
_MIN_LIKENESS: Final = 0.45
_SUGGESTED: Final = 6
_REMEMBERED: Final = 5_000


@dataclass(frozen=True, slots=True)
class VariantRow:
    """A variant as the matcher needs it."""

    pk: int
    product_id: int
    product: str
    sku: str
    color: str = ""
    size: str = ""
    is_sold: bool = True

    @property
    def label(self) -> str:
        options = " / ".join(part for part in (self.color, self.size) if part)
        return f"{self.product} {options}".strip()


@dataclass(frozen=True, slots=True)
class ProductMatch:
    """`variant_id` None: nothing is certain, `problem` says why (`UNKNOWN`, `UNCLEAR`, `NOT_SOLD`)."""

    variant_id: int | None
    problem: str = ""


class ProductMatcher:
    """Matches products by SKU, alias, or name with options."""

    def __init__(self, variants: Iterable[VariantRow], aliases: Iterable[tuple[str, int]]) -> None:
        self.variants = {row.pk: row for row in variants}
        self._skus = {fold(row.sku): row.pk for row in self.variants.values()}
        self._aliases = {text: pk for text, pk in aliases if pk in self.variants}
        self._texts: dict[str, set[int]] = {}
        for row in self.variants.values():
            for key in _spellings(row):
                self._texts.setdefault(key, set()).add(row.pk)
        self._known: dict[tuple[str, str, str, str], ProductMatch] = {}
        self._suggested: dict[str, list[VariantRow]] = {}

    def match(self, *, sku: str = "", text: str = "", color: str = "", size: str = "") -> ProductMatch:
        """The variant these words name beyond doubt."""
        key = (sku, text, color, size)
        found = self._known.get(key)
        if found is None:
            if len(self._known) > 4 * _REMEMBERED:
                self._known.clear()
            found = self._known[key] = self._match(*(fold(part[:_LONGEST_TEXT]) for part in key))
        return found

    def suggest(self, text: str, limit: int = 3) -> list[VariantRow]:
        """The nearest variants that are sold, best first: for a person to choose from, never to take."""
        wanted = fold(text[:_LONGEST_TEXT])
        nearest = self._suggested.get(wanted)
        if nearest is None:
            if len(self._suggested) > _REMEMBERED:
                self._suggested.clear()
            nearest = self._suggested[wanted] = self._nearest(wanted) if wanted else []
        return nearest[:limit]

    def _nearest(self, wanted: str) -> list[VariantRow]:
        words = set(wanted.split())
        matcher = SequenceMatcher(autojunk=False)
        matcher.set_seq2(wanted)
        scored = []
        for row in self.variants.values():
            if row.is_sold:
                label = fold(row.label)
                matcher.set_seq1(label)
                shared = len(words & set(label.split())) / max(len(words), 1)
                score = max(matcher.ratio(), shared)
                if score >= _MIN_LIKENESS:
                    scored.append((-score, row.pk, row))
        return [row for _score, _pk, row in sorted(scored, key=lambda found: found[:2])[:_SUGGESTED]]

    def _match(self, sku: str, text: str, color: str, size: str) -> ProductMatch:
        whole = " ".join(part for part in (text, color, size) if part)
        for key in (sku, whole, text):
            found = (self._skus.get(key) or self._aliases.get(key)) if key else None
            # A name learnt for the red one must not turn a row that says blue into a red one.
            if found is not None and (key is not text or self._fits(found, color, size)):
                return self._sold(found)
        if not whole:
            return ProductMatch(None, UNKNOWN)
        named = self._texts.get(_words(whole)) or self._without_options(text, color, size)
        sold = {pk for pk in named if self.variants[pk].is_sold}
        if len(sold) == 1:
            return ProductMatch(sold.pop())
        if not named:
            return ProductMatch(None, UNKNOWN)
        return ProductMatch(None, UNCLEAR if sold else NOT_SOLD)

    def _sold(self, pk: int) -> ProductMatch:
        return ProductMatch(pk) if self.variants[pk].is_sold else ProductMatch(None, NOT_SOLD)

    def _without_options(self, text: str, color: str, size: str) -> set[int]:
        """Variants whose name fits and which do not contradict the colour and size of the row."""
        return {pk for pk in self._texts.get(_words(text), ()) if self._fits(pk, color, size)}

    def _fits(self, pk: int, color: str, size: str) -> bool:
        return _agrees(self.variants[pk].color, color) and _agrees(self.variants[pk].size, size)


class AgentMatcher:
    """Agents by name or e-mail address; a name that two share names neither."""

    def __init__(self, people: Iterable[tuple[int, str, str]]) -> None:
        found: dict[str, set[int]] = {}
        for pk, name, email in people:
            for text in (fold(name), fold(email)):
                found.setdefault(text, set()).add(pk)
        self._ids = {text: min(ids) for text, ids in found.items() if text and len(ids) == 1}

    def match(self, text: str) -> int | None:
        """The agent's user id, or None for anybody else: a sheet cannot give orders to strangers."""
        return self._ids.get(fold(text[:_LONGEST_TEXT]))


@dataclass(frozen=True, slots=True)
class Matchers:
    """All that the words of a row are compared with."""

    products: ProductMatcher
    cities: CityIndex
    agents: AgentMatcher


def load_matchers() -> Matchers:
    """Read catalogue, spellings and agents: five queries."""
    return Matchers(products=load_products(), cities=load_cities(), agents=load_agents())


def load_products() -> ProductMatcher:
    """All variants, sold or not, and their aliases."""
    rows = Variant.objects.values_list(
        "pk", "product_id", "product__name", "sku", "color", "size", "is_active", "product__is_active"
    )
    return ProductMatcher(
        [
            VariantRow(pk, product_id, name, sku, color, size, is_sold=is_active and is_listed)
            for pk, product_id, name, sku, color, size, is_active, is_listed in rows
        ],
        Alias.objects.values_list("text_folded", "variant_id"),
    )


def load_cities() -> CityIndex:
    """Cities that are delivered to, by every spelling known or learnt."""
    names = [
        (name, pk)
        for pk, *both in City.objects.filter(is_active=True).values_list("pk", "name_fr", "name_ar")
        for name in both
    ]
    learnt = CityAlias.objects.filter(city__is_active=True).values_list("text_folded", "city_id")
    return CityIndex([*names, *learnt])


def load_agents() -> AgentMatcher:
    """Active people who work the call queue."""
    return AgentMatcher(agents().values_list("pk", "name", "email"))


def _spellings(row: VariantRow) -> set[str]:
    """The name alone, with one option and with both, whatever the order of the words."""
    name, options = fold(row.product), [fold(part) for part in (row.color, row.size) if part]
    return {
        _words(" ".join([name, *chosen]))
        for count in range(len(options) + 1)
        for chosen in combinations(options, count)
    }


def _words(folded: str) -> str:
    """One key for the same words in any order."""
    return " ".join(sorted(folded.split()))


def _agrees(mine: str, wanted: str) -> bool:
    return not wanted or not mine or fold(mine) == wanted
