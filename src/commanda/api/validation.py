"""What pydantic found wrong with the input, in words of ours and with the path of each field."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

MAX_ERRORS = 50

# pydantic's stable error types, see its usage errors page; what is not here gets the last text.
TEXTS: dict[str, Any] = {
    "missing": _("This field is required."),
    "extra_forbidden": _("There is no such field."),
    "string_type": _("This must be a text."),
    "string_too_long": _("This has more than %(max_length)s characters."),
    "string_too_short": _("This has fewer than %(min_length)s characters."),
    "int_type": _("This must be a whole number."),
    "int_parsing": _("This must be a whole number."),
    "int_from_float": _("This must be a whole number."),
    "bool_type": _("This must be true or false."),
    "bool_parsing": _("This must be true or false."),
    "list_type": _("This must be a list."),
    "too_long": _("This has more than %(max_length)s entries."),
    "too_short": _("This has fewer than %(min_length)s entries."),
    "model_type": _("This must be an object."),
    "model_attributes_type": _("This must be an object."),
    "greater_than_equal": _("This must be at least %(ge)s."),
    "less_than_equal": _("This must be at most %(le)s."),
    "decimal_type": _("This must be an amount like 199.00."),
    "decimal_parsing": _("This must be an amount like 199.00."),
    "decimal_max_digits": _("This must be an amount like 199.00."),
    "decimal_max_places": _("This must be an amount like 199.00."),
    "decimal_whole_digits": _("This must be an amount like 199.00."),
    "finite_number": _("This must be an amount like 199.00."),
    "date_from_datetime_parsing": _("This must be a date like 2026-05-31."),
    "date_parsing": _("This must be a date like 2026-05-31."),
    "date_type": _("This must be a date like 2026-05-31."),
    "datetime_parsing": _("This must be an instant like 2026-05-31T10:00:00Z."),
    "datetime_from_date_parsing": _("This must be an instant like 2026-05-31T10:00:00Z."),
    "datetime_type": _("This must be an instant like 2026-05-31T10:00:00Z."),
    "timezone_aware": _("This must be an instant like 2026-05-31T10:00:00Z."),
    "literal_error": _("This must be one of: %(expected)s."),
    "enum": _("This must be one of: %(expected)s."),
}
OTHERWISE = _("This value is not valid.")


def field_errors(errors: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """`field` (a path like `lines.0.quantity`, empty for the body itself), `code` and translated `detail`."""
    return [
        {"field": _path(error["loc"]), "code": str(error["type"]), "detail": _text(error)}
        for error in errors[:MAX_ERRORS]
    ]


def _path(location: Sequence[Any]) -> str:
    """Without where it stood, and for a body without our own name of it: clients know neither."""
    return ".".join(str(part)[:60] for part in location[2 if location[0] == "body" else 1 :])


def _text(error: dict[str, Any]) -> str:
    text = TEXTS.get(error["type"], OTHERWISE)
    try:
        return str(text) % error.get("ctx", {})
    except (KeyError, TypeError):
        return str(OTHERWISE)
