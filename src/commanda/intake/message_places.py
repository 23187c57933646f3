"""The city of a message, and its address."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from commanda.customers.city_names import CityIndex
from commanda.intake.message_parts import Canvas, Role, Word
from commanda.intake.message_words import ADDRESS, AT, EVERYDAY, WANTS

_LONGEST_NAME: Final = 5


@dataclass(slots=True)
class FoundCity:
    """`city_id` only when certain; the others are for a person to choose from."""

    city_id: int | None = None
    written: str = ""
    suggestions: list[int] = field(default_factory=list)
    # The words of all cities named, certain or not: no person is called so.
    words: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Mention:
    city_id: int
    first: Word
    last: Word
    is_sure: bool


def read_city(text: str, cities: CityIndex) -> FoundCity:
    """The city of a line "Ville: …"."""
    city_id = cities.match(text)
    if city_id is not None:
        return FoundCity(city_id, text)
    within = cities.find_in_address(text)
    likely = [city for city, _score in cities.suggest(text) if city != within]
    return FoundCity(None, text, [*([within] if within is not None else []), *likely])


def find_city(canvas: Canvas, cities: CityIndex) -> FoundCity:
    """The one city a message names where cities stand; claimed when certain. Two cities are a question."""
    mentions = [mention for start, end in canvas.segments() for mention in _mentions(canvas, start, end, cities)]
    sure = {mention.city_id for mention in mentions if mention.is_sure}
    words = {word.key for each in mentions for word in canvas.words if each.first.start <= word.start < each.last.end}
    if len(sure) == 1 and len({mention.city_id for mention in mentions}) <= 1:
        (city_id,) = sure
        mention = next(each for each in mentions if each.is_sure)
        canvas.claim(mention.first.start, mention.last.end, Role.CITY)
        return FoundCity(city_id, canvas.said(mention.first.start, mention.last.end), words=words)
    written = ", ".join(dict.fromkeys(canvas.said(each.first.start, each.last.end) for each in mentions))
    return FoundCity(None, written, list(dict.fromkeys(mention.city_id for mention in mentions)), words)


def is_address(words: list[Word]) -> bool:
    """Whether a stretch speaks of streets and houses: one such word with something beside it."""
    return len(words) > 1 and any(word.key in ADDRESS for word in words)


def find_address(canvas: Canvas, start: int = 0, end: int | None = None) -> list[str]:
    """Claim the stretches that are addresses; a number right after one belongs to it ("rue 5, 12")."""
    found: list[str] = []
    is_next = False
    for begin, stop in list(canvas.segments(start, end)):
        words = canvas.free_words(begin, stop)
        wants = any(word.key in WANTS for word in words)
        goes_on = is_next and words[0].key.isdigit() and len(words) <= 3
        is_next = (is_address(words) and not wants) or goes_on
        if is_next:
            first = _past_preposition(words)
            canvas.claim(begin, stop, Role.ADDRESS)
            if first is not words[0]:
                canvas.claim(begin, first.start, Role.WORDING)
            found.append(canvas.said(first.start, stop))
    return found


def _past_preposition(words: list[Word]) -> Word:
    return words[1] if len(words) > 2 and words[0].key in AT and words[0].key not in ADDRESS else words[0]


def _mentions(canvas: Canvas, start: int, end: int, cities: CityIndex) -> list[_Mention]:
    """Every city named in a stretch. Sure where cities stand: alone, first or last beside an address, after "à"."""
    words = canvas.free_words(start, end)
    if any(not canvas.is_free(first.end, second.start) for first, second in pairwise(words)):
        return []
    found: list[_Mention] = []
    at = begin = named = 0
    while at < len(words):
        size, city_id = _name_at(canvas, words, at, cities)
        if city_id is not None and not _in_street(canvas, words[begin : at + size], size, city_id, cities):
            first, last = words[at], words[at + size - 1]
            found.append(_Mention(city_id, first, last, _is_sure(words, at, at + size)))
            begin, named = at + size, named + size
        at += size
    if named == len(words) and len({mention.city_id for mention in found}) == 1:
        # "Casablanca Maarif": a city and its quarter, nothing else.
        return [_Mention(found[0].city_id, words[0], words[-1], any(word.key not in EVERYDAY for word in words))]
    return found


def _name_at(canvas: Canvas, words: list[Word], at: int, cities: CityIndex) -> tuple[int, int | None]:
    for size in range(min(_LONGEST_NAME, len(words) - at), 0, -1):
        text = canvas.text[words[at].start : words[at + size - 1].end]
        key = " ".join(word.key for word in words[at : at + size])
        if (len(key) > 2 or not key.isascii()) and words[at].key not in AT:
            city_id = cities.match(text)
            if city_id is not None:
                return size, city_id
    return 1, None


def _in_street(canvas: Canvas, words: list[Word], size: int, city_id: int, cities: CityIndex) -> bool:
    """ "Rue de Fès" is no Fès: the index knows what streets look like. The city is the last `size` words."""
    text = canvas.text[words[0].start : words[-1].end]
    return len(words) > size and cities.find_in_address(text) != city_id


def _is_sure(words: list[Word], at: int, end: int) -> bool:
    alone = at == 0 and end == len(words)
    name = " ".join(word.key for word in words[at:end])
    after_at = at > 0 and words[at - 1].key in AT
    others = [*words[:at], *words[end:]]
    at_edge = (at == 0 or end == len(words)) and is_address(words) and any(word.key in ADDRESS for word in others)
    return after_at or at_edge or (alone and name not in EVERYDAY)
