"""Products in a message: what is named beyond doubt with its quantity, and what may be meant."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from commanda.intake.cells import QuantityProblem, parse_quantity
from commanda.intake.matching import ProductMatcher, VariantRow
from commanda.intake.message_parts import Canvas, Role, Word
from commanda.intake.message_words import ADDRESS, NOT_NAMES, NUMBERS, PIECES
from commanda.intake.product_text import ParsedItem, parse_products
from commanda.kernel.text import fold

_LONGEST: Final = 8
_MOST_WORDS: Final = 150
_MOST: Final = 20  # "38 montre" is a size, a street number or a joke; a person decides
_MOST_BARE: Final = 9  # "montre noire 2"; higher ones are likelier a part of an address
_SUGGESTED: Final = 6


@dataclass(frozen=True, slots=True)
class MessageItem:
    """So many units of a variant."""

    variant_id: int
    quantity: int


def find_products(canvas: Canvas, matcher: ProductMatcher) -> list[MessageItem]:
    """Claim the products named beyond doubt, longest names first, with the numbers beside them."""
    items: list[MessageItem] = []
    budget = _MOST_WORDS
    for start, end in list(canvas.segments()):
        words = canvas.free_words(start, end)[:budget]
        budget -= len(words)
        at = 0
        while at < len(words):
            size, parsed = _named(canvas, words, at, matcher)
            if not parsed:
                at += 1
                continue
            first, last, quantity = _quantity_beside(words, at, at + size)
            told = len(parsed) == 1 and parsed[0].quantity is None
            items.extend(_item(item, quantity if told else None) for item in parsed)
            begin, stop = (first, last) if told else (at, at + size)
            canvas.claim(words[begin].start, words[stop - 1].end, Role.PRODUCT)
            at = max(stop, at + size)
    return merged(items)


def read_labelled(
    text: str, matcher: ProductMatcher, *, color: str = "", size: str = "", quantity: int | None = None
) -> list[MessageItem]:
    """The products of a line "Produit: …"; none when one of them is not certain."""
    parsed = parse_products(text, matcher, color=color, size=size)
    if any(item.variant_id is None for item in parsed):
        bare, told = _without_number(text)
        parsed = parse_products(bare, matcher, color=color, size=size)
        quantity = quantity or told
    if any(item.variant_id is None for item in parsed):
        return _each_named(text, matcher)
    return merged([_item(item, quantity if len(parsed) == 1 else None) for item in parsed])


def _each_named(text: str, matcher: ProductMatcher) -> list[MessageItem]:
    """ "2x … + 1 …": all of them, each with its number, or none."""
    canvas = Canvas(text)
    items = find_products(canvas, matcher)
    return items if items and not any(_is_telling(word.key) for word in canvas.free_words()) else []


def suggest_products(text: str, matcher: ProductMatcher, *, is_wanted: bool) -> tuple[list[VariantRow], int]:
    """Variants that may be meant, likeliest first, and how many pieces the text seems to ask for.

    Only a text that surely speaks of a product (`is_wanted`) is compared by likeness; others must share a word.
    """
    words = set(fold(text).split())
    scored = []
    for row in matcher.variants.values():
        name = fold(row.product).split()
        shared = [word for word in name if len(word) > 2 and word in words]
        if row.is_sold and shared:
            options = len(words & set(fold(f"{row.color} {row.size}").split()))
            scored.append((-len(shared) / len(name), -options, row.pk, row))
    nearest = [row for *_rank, row in sorted(scored, key=lambda found: found[:3])]
    if not nearest and is_wanted:
        nearest = matcher.suggest(_without_number(text)[0], _SUGGESTED)
    numbers = [number for word in fold(text).split() if (number := as_number(word)) and number <= _MOST]
    return nearest[:_SUGGESTED], numbers[0] if numbers else 1


def as_number(key: str) -> int | None:
    """A number in digits or in words; "x2" and "2x" too."""
    digits = key.removeprefix("x").removesuffix("x")
    if digits.isascii() and digits.isdigit() and len(digits) <= 3:
        return int(digits) or None
    return NUMBERS.get(key)


def quantity_of(text: str) -> int | None:
    """The number of a line "Quantité: …"; None when it is none between 1 and 999."""
    try:
        return parse_quantity(text.strip())
    except QuantityProblem:
        words = fold(text).split()
        return next((number for word in words if (number := as_number(word))), None)


def merged(items: Sequence[MessageItem]) -> list[MessageItem]:
    """One line per variant."""
    sums: dict[int, int] = {}
    for item in items:
        sums[item.variant_id] = sums.get(item.variant_id, 0) + item.quantity
    return [MessageItem(variant_id, quantity) for variant_id, quantity in sums.items()]


def _named(
    canvas: Canvas, words: Sequence[Word], at: int, matcher: ProductMatcher
) -> tuple[int, tuple[ParsedItem, ...]]:
    """The longest run of words from `at` that names products, and the products; nothing when there is none."""
    for size in range(min(_LONGEST, len(words) - at), 0, -1):
        run = words[at : at + size]
        if not canvas.is_free(run[0].start, run[-1].end) or not any(_is_telling(word.key) for word in run):
            continue
        parsed = parse_products(canvas.text[run[0].start : run[-1].end], matcher)
        if all(item.variant_id is not None for item in parsed):
            return _without_stray_number(canvas, run, parsed, matcher)
    return 0, ()


def _without_stray_number(
    canvas: Canvas, run: Sequence[Word], parsed: tuple[ParsedItem, ...], matcher: ProductMatcher
) -> tuple[int, tuple[ParsedItem, ...]]:
    """ "Montre noire 2": where the name alone is as certain, the number is no size but a quantity."""
    if len(run) > 1 and run[-1].key.isdigit():
        shorter = parse_products(canvas.text[run[0].start : run[-2].end], matcher)
        if [item.variant_id for item in shorter] == [item.variant_id for item in parsed]:
            return len(run) - 1, shorter
    return len(run), parsed


def _is_telling(key: str) -> bool:
    """A bare number or a syllable names no product, even if an SKU reads the same."""
    return len(key) > 2 and not key.isdigit()


def _quantity_beside(words: Sequence[Word], first: int, last: int) -> tuple[int, int, int | None]:
    """The range with the number before or after it, and the number: "2 pcs de …", "… x 2", "… جوج"."""
    before = first - 1
    while before >= 0 and words[before].key in PIECES and first - before <= 2:
        before -= 1
    if before >= 0 and (number := as_number(words[before].key)) and number <= _MOST:
        return before, last, number
    after = last
    while after < len(words) and words[after].key in PIECES and after - last < 1:
        after += 1
    if after < len(words) and (number := as_number(words[after].key)) and number <= _MOST:
        stop = after + 1
        if stop < len(words) and words[stop].key in PIECES:
            stop += 1
        is_bare = stop == after + 1 == last + 1
        goes_on = stop < len(words) and (words[stop].key in ADDRESS or words[stop].key in NOT_NAMES)
        if not is_bare or (number <= _MOST_BARE and not goes_on):
            return first, stop, number
    return first, last, None


def _item(parsed: ParsedItem, quantity: int | None) -> MessageItem:
    assert parsed.variant_id is not None  # noqa: S101  the callers have looked
    return MessageItem(parsed.variant_id, quantity or parsed.quantity or 1)


def _without_number(text: str) -> tuple[str, int | None]:
    """ "2 montre noire", "montre noire 2" → the name and the number."""
    words = text.split()
    for position in (0, -1):
        if len(words) > 1 and (number := as_number(fold(words[position]))) and number <= _MOST:
            kept = words[1:] if position == 0 else words[:-1]
            while len(kept) > 1 and position == 0 and fold(kept[0]) in PIECES:
                kept = kept[1:]
            return " ".join(kept), number
    return text, None
