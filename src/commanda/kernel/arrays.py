"""Lists as PostgreSQL writes arrays: one text instead of a parameter whose every element the driver looks at."""

from collections.abc import Iterable
from typing import Any


def text_array(texts: Iterable[str]) -> str:
    """Texts as PostgreSQL writes an array."""
    return "{" + ",".join(map(_quoted, texts)) + "}"


def number_array(numbers: Iterable[int | None]) -> str:
    """Whole numbers as PostgreSQL writes an array."""
    return "{" + ",".join("NULL" if number is None else str(number) for number in numbers) + "}"


def as_array(values: list[Any]) -> Any:
    """A list of whole numbers or of texts as PostgreSQL writes an array; another list as it is."""
    kinds = set(map(type, values))
    if kinds <= {int}:
        return number_array(values)
    return text_array(values) if kinds == {str} else values


def _quoted(text: str) -> str:
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
