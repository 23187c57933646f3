"""Numbers out of forms and addresses."""

from collections.abc import Iterable


def number_or_none(text: str | None) -> int | None:
    """A row's id or a count; None for anything else, and for what no column of the database holds."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def numbers_of(texts: Iterable[str]) -> list[int]:
    """The numbers among `texts`, each once, in their order."""
    return list(dict.fromkeys(number for text in texts if (number := number_or_none(text)) is not None))
