"""A mapping as a JSON file: what goes from one installation or source to another."""

import json
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from commanda.intake.choices import checked_defaults
from commanda.intake.mapping import Mapping
from commanda.intake.presets import PRESETS
from commanda.kernel.errors import Invalid

FORMAT: Final = "commanda-mapping"
MAX_BYTES: Final = 100_000
_MAX_COLUMNS: Final = 100
_MAX_HEADER: Final = 300


def write_mapping(mapping: Mapping) -> str:
    """The file, for people to read, too. Notes stay behind: they are about the sheet it was made for."""
    data = mapping.with_settings(notes=()).to_json()
    return json.dumps({"format": FORMAT, "version": 1, **data}, ensure_ascii=False, indent=2)


def read_mapping(text: str | bytes) -> Mapping:
    """The mapping of such a file. Raises `Invalid` with what is wrong with it."""
    if len(text) > MAX_BYTES:
        raise _refused(_("This file is too large to be a mapping."))
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise _refused(_("This is not a JSON file. Choose one that was saved with “Save as file”.")) from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise _refused(_("This file holds no mapping. Choose one that was saved with “Save as file”."))
    if data.get("version") != 1:
        raise _refused(_("This mapping was saved by a newer version of Commanda. Update, then try again."))
    try:
        mapping = Mapping.from_json(data | {"notes": []})
        _check(mapping, data)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Invalid(
            _("The mapping in this file cannot be used: %(reason)s"),
            field="file",
            code="bad_mapping",
            reason=str(error)[:200],
        ) from None
    return mapping.with_settings(defaults=checked_defaults(mapping.defaults))


def _check(mapping: Mapping, data: dict[str, Any]) -> None:
    """The types that `Mapping.from_json` takes on trust. Raises `ValueError`."""
    columns = [column for _name, column in mapping.all_columns()]
    if not columns or len(columns) > _MAX_COLUMNS:
        raise ValueError("it names no columns" if not columns else "it names too many columns")
    if set(mapping.more) - set(mapping.columns):
        raise ValueError("columns complete a field that has none")
    for column in columns:
        if not isinstance(column.header, str) or len(column.header) > _MAX_HEADER:
            raise ValueError("the name of a column is no text")
        for number in (column.index, column.occurrence):
            if type(number) is not int or not 0 <= number <= _MAX_COLUMNS:
                raise ValueError(f"the place of “{column.header[:40]}” is no number")
    for name in ("has_header", "centimes", "month_first"):
        if not isinstance(data.get(name, False), bool):
            raise ValueError(f"{name} is neither true nor false")
    if not all(isinstance(value, str) for value in mapping.defaults.values()):
        raise ValueError("a usual value is no text")
    if mapping.preset and mapping.preset not in PRESETS:
        raise ValueError(f"unknown layout: {mapping.preset!r}")


def _refused(message: Any) -> Invalid:
    return Invalid(message, field="file", code="bad_mapping")
