"""Values as platforms write them: numbers as text, days as text."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from commanda.ads.connectors.base import PlatformUnavailable
from commanda.kernel.money import quantize

BAD_ANSWER: Final = 900
MOST: Final = Decimal(90_000_000)


def amount_of(value: Any) -> Decimal:
    """Money, to the hundredth; nothing or "-" is zero. Raises `PlatformUnavailable` for what is no amount."""
    text = str(value if value is not None else "").strip()
    if text in {"", "-"}:
        return Decimal("0.00")
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise PlatformUnavailable(BAD_ANSWER) from None
    if not found.is_finite() or not 0 <= found <= MOST:
        raise PlatformUnavailable(BAD_ANSWER)
    return quantize(found)


def count_of(value: Any) -> int:
    """How often something was seen or clicked."""
    text = str(value if value is not None else "").strip()
    if text in {"", "-"}:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        raise PlatformUnavailable(BAD_ANSWER)
    return int(text)


def objects_of(value: Any) -> list[dict[str, Any]]:
    """The objects of a JSON list; whatever else is no part of it."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def day_of(value: Any) -> date:
    """`2026-11-22` or `2026-11-22 00:00:00`."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise PlatformUnavailable(BAD_ANSWER) from None
