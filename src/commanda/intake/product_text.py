"""Reads what a product cell says: product, colour, size, offer, several products in one cell.

Nothing is guessed: the text, parted in the ways people write, is put to the matcher, which knows exact
spellings only. A part that stays unknown makes the whole cell unknown.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Protocol

from commanda.intake.offers import Offer, split_offer
from commanda.intake.product_format import LABELS, MAX_ITEMS, CellPart, ProductFormat, read_pairs
from commanda.kernel.text import fold, strip_marks

UNKNOWN: Final = "unknown_product"
# From the least to the most telling answer of a matcher that found nothing.
_TELLING: Final = ("", UNKNOWN, "not_sold", "variant_unclear")

# The first three part products and nothing else; the others stand inside names and before options as well.
_SURE_SEPARATORS: Final = (
    re.compile(r"\n+"),
    re.compile(r"\s*\+\s*"),
    re.compile(r"\s*[;|]\s*"),
)
_SEPARATORS: Final = (
    *_SURE_SEPARATORS,
    re.compile(r"\s*[,،]\s*"),
    re.compile(r"\s+(?:&|et|و)\s+", re.IGNORECASE),
    re.compile(r"\s*/\s*"),
)
_MAX_TEXT: Final = 1_000
_SIZE: Final = re.compile(r"(?:[2-6]?x{0,3}[sml]|[2-9]xl|\d{1,3}(?:cm|mm|ml|l|g|kg|m)?|unique|standard)")
_COLORS: Final = """
noir|black|اسود|أسود|كحل|noire
blanc|white|ابيض|أبيض|blanche
gris|gray|grey|رمادي|grise|gris fonce
beige|بيج|بيجي
rouge|red|احمر|أحمر|حمر
bleu|blue|ازرق|أزرق|زرق|bleue
bleu marine|marine|navy|كحلي|bleu nuit|navy blue
bleu ciel|ciel|سماوي
vert|green|اخضر|أخضر|خضر|verte
kaki|khaki|كاكي
jaune|yellow|اصفر|أصفر|صفر
rose|pink|وردي|زهري
marron|brown|بني|قهوي|brun
camel|جملي
orange|برتقالي|ليموني
violet|purple|بنفسجي|mauve|موف
dore|gold|ذهبي|doree
argent|silver|فضي|argente
rose gold|or rose
bordeaux|burgundy|عنابي|بوردو
moutarde|mustard|خردلي
turquoise|تركواز|فيروزي
multicolore|multicolor|متعدد الالوان
"""
_GROUPS: Final = tuple(tuple(dict.fromkeys(map(fold, line.split("|")))) for line in _COLORS.strip().splitlines())
_COLOR_GROUP: Final = {name: group for group in _GROUPS for name in group}


class FoundProduct(Protocol):
    """What a matcher answers: a variant, or why none (`unknown_product`, `variant_unclear`, `not_sold`)."""

    @property
    def variant_id(self) -> int | None: ...

    @property
    def problem(self) -> str: ...


class ProductMatcher(Protocol):
    """Knows the catalogue: exact SKUs, aliases, names with options. Never guesses."""

    def match(self, *, sku: str = "", text: str = "", color: str = "", size: str = "") -> FoundProduct: ...

    def suggest(self, text: str, limit: int = 3) -> Sequence[Any]: ...


@dataclass(frozen=True, slots=True)
class ParsedItem:
    """One product of a cell. `quantity` and `amount` (dirhams for all pieces) only when the text itself says so."""

    text: str
    variant_id: int | None
    problem: str = ""
    quantity: int | None = None
    amount: Decimal | None = None


def parse_products(
    text: str,
    matcher: ProductMatcher,
    *,
    sku: str = "",
    color: str = "",
    size: str = "",
    default: str = "",
    layout: ProductFormat | None = None,
) -> tuple[ParsedItem, ...]:
    """The products of a row; one item without variant when the cell as a whole is not understood.

    Read as `layout` says where the text is written that way. Otherwise tried in this order: SKU and text as they are,
    without an offer part ("2 pcs à 199 dh"), with colour and size parted from the name, then as several products
    ("A + B", one per line), where every part must be known. `default` is the product of a cell that holds only an
    offer.
    """
    text = strip_marks(text[:_MAX_TEXT])
    parts = layout.read(text) if layout else read_pairs(text)
    if not parts:
        return _by_itself(text, matcher, sku=sku, color=color, size=size, default=default)
    told = tuple(_find_part(part, matcher, sku=sku, color=color, size=size, default=default) for part in parts)
    if all(item.variant_id is not None for item in told):
        return told
    items = _by_itself(text, matcher, sku=sku, color=color, size=size, default=default)
    # Neither is certain: several products stay several, each with its own words.
    return told if any(item.variant_id is None for item in items) else items


def wording(text: str, layout: ProductFormat | None = None) -> CellPart:
    """The words of a product cell that name one variant, without its offer, as `parse_products` will meet them."""
    text = strip_marks(text[:_MAX_TEXT])
    parts = layout.read(text) if layout else read_pairs(text)
    if len(parts) == 1:
        return parts[0]
    offer = split_offer(text)
    return CellPart(text, offer.text, quantity=offer.quantity, amount=offer.amount)


def _find_part(part: CellPart, matcher: ProductMatcher, *, sku: str, color: str, size: str, default: str) -> ParsedItem:
    """A product as the format of its source parts it; columns of their own complete what the cell leaves out."""
    found = _match(
        matcher,
        part.name or default,
        sku=part.sku or sku,
        color=part.color or color,
        size=part.size or size,
    )
    problem = found.problem if found.variant_id is None else ""
    return ParsedItem(part.text, found.variant_id, problem, part.quantity, part.amount)


def _by_itself(
    text: str, matcher: ProductMatcher, *, sku: str, color: str, size: str, default: str
) -> tuple[ParsedItem, ...]:
    whole = _find_one(text, matcher, sku=sku, color=color, size=size, default=default)
    if whole.variant_id is not None:
        return (whole,)
    unknown: ParsedItem | None = None
    for separator in _SEPARATORS:
        parts = [part for part in separator.split(text) if part.strip()]
        if not 2 <= len(parts) <= MAX_ITEMS:
            continue
        skus = _shared_out(separator, sku, len(parts))
        items = tuple(
            _find_one(part, matcher, sku=part_sku, color=color, size=size)
            for part, part_sku in zip(parts, skus, strict=True)
        )
        missing = [item for item in items if item.variant_id is None]
        if not missing:
            return items
        if len(missing) < len(items) and separator in _SURE_SEPARATORS:
            unknown = unknown or missing[0]
    return (whole if unknown is None or whole.problem != UNKNOWN else unknown,)


def _shared_out(separator: re.Pattern[str], text: str, count: int) -> list[str]:
    """A joined SKU cell parted like the product cell; a single SKU cannot be that of several products."""
    parts = [part.strip() for part in separator.split(text)]
    return parts if len(parts) == count else [""] * count


def _find_one(
    text: str, matcher: ProductMatcher, *, sku: str = "", color: str = "", size: str = "", default: str = ""
) -> ParsedItem:
    problem = ""
    offer = split_offer(text)
    for told in (Offer(text), *([offer] if offer.text != text else [])):
        found = _match(matcher, told.text or default, sku=sku, color=color, size=size)
        if found.variant_id is not None:
            return ParsedItem(text, found.variant_id, quantity=told.quantity, amount=told.amount)
        problem = max(problem, found.problem, key=_TELLING.index)
    return ParsedItem(text, None, problem=problem or UNKNOWN)


def _match(matcher: ProductMatcher, name: str, *, sku: str, color: str, size: str) -> ParsedItem:
    """The first reading of the words that is known, else the most telling reason why none is."""
    problem = ""
    for base, its_color, its_size in _readings(name, color, size) if name or sku else ():
        found = matcher.match(sku=sku, text=base, color=its_color, size=its_size)
        if found.variant_id is not None:
            return ParsedItem(name, found.variant_id)
        problem = max(problem, found.problem, key=_TELLING.index)
    return ParsedItem(name, None, problem=problem or UNKNOWN)


def _readings(text: str, color: str, size: str) -> Iterator[tuple[str, str, str]]:
    """(name, colour, size) as written; then with a colour in its other languages; then parted from the text."""
    yield text, color, size
    for other in _in_other_words(color):
        yield text, other, size
    name, colors, sizes = split_options(text)
    if not name or not (colors or sizes) or len(sizes) > 1 or len({_COLOR_GROUP[each] for each in colors}) > 1:
        return
    its_size = sizes[0] if sizes else size
    its_color = colors[0] if colors else color
    yield name, its_color, its_size
    for other in _in_other_words(its_color):
        yield name, other, its_size


def _in_other_words(color: str) -> tuple[str, ...]:
    key = fold(color)
    return tuple(name for name in _COLOR_GROUP.get(key, ()) if name != key)


def split_options(text: str) -> tuple[str, list[str], list[str]]:
    """The folded name, the colours and the sizes at its end ("SDL FEM YZ86 38/Beige/بيــج")."""
    words = fold(text).split()
    colors: list[str] = []
    sizes: list[str] = []
    while words:
        pair = " ".join(words[-2:])
        if len(words) > 2 and pair in _COLOR_GROUP:
            colors.insert(0, pair)
            del words[-2:]
        elif words[-1] in _COLOR_GROUP:
            colors.insert(0, words.pop())
        elif words[-1] in LABELS and (colors or sizes):
            words.pop()
        elif _SIZE.fullmatch(words[-1]):
            sizes.insert(0, words.pop())
        else:
            break
    return " ".join(words), colors, sizes
