"""City names as clients write them: exact matching by folded names, suggestions, cities inside addresses.

A wrong city costs a return, so `match` never guesses: it knows names, learnt spellings and the few ways a
city is decorated ("Casablanca - Maarif", "Ville de Fès", "Agadir (Souss-Massa)"). Everything less certain is
a suggestion for a person.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files
from typing import Final

from commanda.kernel.text import fold, strip_marks

_DATA: Final = "commanda.customers"
_PARENTHESES: Final = re.compile(r"[(\[{][^)\]}]*[)\]}]?")
# What parts a city from its district or region. A hyphen without spaces counts too, but only when the whole
# text is no name: "Al-Hoceima" has already matched by then.
_DASH: Final = re.compile(r"\s*[-\u2010-\u2015\u2212/,،:;|>]\s*")
_DECORATION: Final = re.compile(
    r"^(?:la )?ville (?:de |d )?|\b(?:ville|maroc|morocco|city|centre|centre ville)$|^(?:مدينه) |(?:المغرب|المدينه)$"
)
# A street is often called after another city: "Rue de Fès", "شارع فاس".
_STREET_WORDS: Final = """
rue av ave avenue bd bld blvd boulevard route rte road street place pl hay quartier lot lotissement lots residence res
imm immeuble derb zankat zan9at zanka charii chari3 hotel cafe gare porte bab ecole
شارع زنقة حي طريق درب ساحة باب اقامة تجزئة محطة
"""
_STREET: Final = frozenset(fold(_STREET_WORDS).split())
_LINKS: Final = frozenset({"de", "d", "du", "des", "la", "le", "l", "el", "al", "vers", "n"})
_MAX_TEXT: Final = 300
_LONGEST_NAME: Final = 5
_REMEMBERED: Final = 5_000
_MIN_SCORE: Final = 0.72
_SOUNDS: Final = (
    ("kh", "k"),
    ("gh", "g"),
    ("ck", "k"),
    ("q", "k"),
    ("c", "k"),
    ("ou", "w"),
    ("y", "i"),
    ("z", "s"),
)
_VOWELS: Final = re.compile(r"[aeiouyhw]")
_REPEATED: Final = re.compile(r"(.)\1+")


@dataclass(frozen=True, slots=True)
class CityRow:
    """One line of our table of Moroccan cities; `zone_slug` is the region unless somebody parts zones otherwise."""

    slug: str
    name_fr: str
    name_ar: str
    region_slug: str
    zone_slug: str
    aliases: tuple[str, ...]

    @property
    def spellings(self) -> tuple[str, ...]:
        return (self.name_fr, self.name_ar, *self.aliases)


@dataclass(frozen=True, slots=True)
class ZoneRow:
    slug: str
    name_fr: str
    name_ar: str
    name_en: str


def _lines(name: str) -> Iterator[dict[str, str]]:
    text = (files(_DATA) / "data" / name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


def load_cities() -> Iterator[CityRow]:
    """Our shipped cities, grouped by region."""
    for line in _lines("cities.csv"):
        yield CityRow(
            slug=line["slug"],
            name_fr=line["name_fr"],
            name_ar=line["name_ar"],
            region_slug=line["region_slug"],
            zone_slug=line["zone_slug"],
            aliases=tuple(alias for alias in line["aliases"].split("|") if alias),
        )


def load_zones() -> Iterator[ZoneRow]:
    """The twelve regions."""
    for line in _lines("zones.csv"):
        yield ZoneRow(**line)


class CityIndex:
    """Finds city ids by name. Built once per import from `(spelling, city id)` pairs; a spelling that two
    cities share matches neither.
    """

    def __init__(self, names: Iterable[tuple[str, int]]) -> None:
        self._ids: dict[str, int | None] = {}
        self._compact: dict[str, int | None] = {}
        for name, city in names:
            key = fold(name)
            if key:
                _claim(self._ids, key, city)
                _claim(self._compact, key.replace(" ", ""), city)
        self._known: dict[str, int | None] = {}
        self._suggested: dict[str, list[tuple[int, float]]] = {}

    def match(self, text: str) -> int | None:
        """The city this text names beyond doubt, or None."""
        text = text[:_MAX_TEXT]
        found = self._known.get(text, 0)
        if found == 0:  # not looked for yet; no city has the id 0
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            found = self._known[text] = self._match(strip_marks(text))
        return found

    def suggest(self, text: str, limit: int = 3) -> list[tuple[int, float]]:
        """The nearest cities with a likeness from 0 to 1, best first. For a person to choose from, never to take."""
        key = fold(text[:_MAX_TEXT])[:60]
        if not key:
            return []
        nearest = self._suggested.get(key)
        if nearest is None:
            if len(self._suggested) > _REMEMBERED:
                self._suggested.clear()
            nearest = self._suggested[key] = self._nearest(key)
        return nearest[:limit]

    def find_in_address(self, text: str) -> int | None:
        """The one city named as whole words in an address, or None; names of streets do not count.

        Only a suggestion: an address may mention a city it is not in.
        """
        words = fold(text[:_MAX_TEXT]).split()
        found: set[int] = set()
        at = 0
        while at < len(words):
            size, city = self._at(words, at)
            if city is not None and not _is_street_name(words, at):
                found.add(city)
            at += size
        return found.pop() if len(found) == 1 else None

    def _at(self, words: list[str], at: int) -> tuple[int, int | None]:
        """The longest name that starts at a word: how many words it takes, and whose it is."""
        for size in range(min(_LONGEST_NAME, len(words) - at), 0, -1):
            key = " ".join(words[at : at + size])
            if key in self._ids:
                return size, self._ids[key]
        return 1, None

    def _match(self, text: str) -> int | None:
        if not text:
            return None
        found = self._exact(text)
        if found is None:
            text = _PARENTHESES.sub(" ", text)
            found = self._exact(text)
        return found if found is not None else self._before_dash(text)

    def _exact(self, text: str) -> int | None:
        key = fold(text)
        for candidate in (key, _DECORATION.sub("", key).strip()):
            city = self._ids.get(candidate)
            if city is None:
                city = self._compact.get(candidate.replace(" ", ""))
            if city is not None:
                return city
        return None

    def _before_dash(self, text: str) -> int | None:
        """The city before a district ("Casablanca – Ain Sebaa"); None when what follows is another city."""
        parts = [part for part in _DASH.split(text) if part]
        for end in range(len(parts) - 1, 0, -1):
            city = self._exact(" ".join(parts[:end]))
            if city is not None:
                other = self._exact(" ".join(parts[end:]))
                return city if other in (None, city) else None
        return None

    def _nearest(self, key: str) -> list[tuple[int, float]]:
        best: dict[int, float] = {}
        skeleton = _skeleton(key)
        matcher = SequenceMatcher(autojunk=False)
        matcher.set_seq2(key)
        for name, city in self._ids.items():
            if city is None:
                continue
            floor = max(_MIN_SCORE, best.get(city, 0.0))
            matcher.set_seq1(name)
            score = 0.0
            if matcher.real_quick_ratio() >= floor and matcher.quick_ratio() >= floor:
                score = matcher.ratio()
            # "khribga" and "khouribga" share every consonant: likelier than one letter exchanged.
            if len(skeleton) > 2 and _skeleton(name) == skeleton:
                score = max(score, 0.9)
            if score >= floor:
                best[city] = round(score, 3)
        return sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))


def _claim(table: dict[str, int | None], key: str, city: int) -> None:
    table[key] = city if table.get(key, city) == city else None


def _is_street_name(words: list[str], at: int) -> bool:
    before = at - 1
    while before >= 0 and words[before] in _LINKS:
        before -= 1
    return before >= 0 and words[before] in _STREET


@cache
def _skeleton(key: str) -> str:
    """The consonants, one letter per sound: how Moroccan names survive any spelling."""
    for written, sound in _SOUNDS:
        key = key.replace(written, sound)
    return _REPEATED.sub(r"\1", _VOWELS.sub("", key.replace(" ", "")))
