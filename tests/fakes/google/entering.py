"""What becomes of a value that is written: RAW keeps it, USER_ENTERED reads it as if a person had typed it."""

import datetime as dt
import re
from typing import Any

from tests.fakes.google.state import Formula

NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
SUM = re.compile(r"=\s*(-?\d+)\s*([+*-])\s*(-?\d+)\s*")
LINK = re.compile(r'=HYPERLINK\("(?P<url>[^"]*)"[;,]\s*"(?P<label>[^"]*)"\)', re.IGNORECASE)


def entered(value: Any, how: str) -> Any:
    """The cell that a written value makes in a sheet of the locale fr_MA."""
    if how == "RAW" or not isinstance(value, str):
        return value
    if value.startswith("'"):
        return value[1:]
    if value.startswith("=") or (value[:1] in "+-@" and not NUMBER.fullmatch(value) and len(value) > 1):
        return _formula(value)
    if NUMBER.fullmatch(value):
        return float(value.replace(",", "."))
    if value.upper() in {"TRUE", "FALSE", "VRAI", "FAUX"}:
        return value.upper() in {"TRUE", "VRAI"}
    try:
        return dt.datetime.strptime(value, "%d/%m/%Y")  # noqa: DTZ007 - a sheet knows no time zone
    except ValueError:
        return value


def _formula(text: str) -> Formula:
    if link := LINK.fullmatch(text):
        return Formula(text, link["label"])
    if found := SUM.fullmatch(text):
        first, sign, second = int(found[1]), found[2], int(found[3])
        return Formula(text, float({"+": first + second, "-": first - second, "*": first * second}[sign]))
    return Formula(text, "#ERROR!")
