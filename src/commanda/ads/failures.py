"""How a failed reading is remembered: a code with its params, put into words in the reader's language."""

from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commanda.ads.connectors.base import PROBLEMS, THROTTLED, THROTTLED_TEXT, PlatformUnavailable
from commanda.ads.locks import AlreadyReading
from commanda.kernel.errors import Busy, CommandaError

INTERNAL: Final = "internal"
INTERRUPTED: Final = "interrupted"
# Troubles that pass by themselves.
PASSING: Final = frozenset({THROTTLED, PlatformUnavailable.code, AlreadyReading.code, Busy.code})

FAILURES: Final[dict[str, Any]] = {
    **PROBLEMS,
    PlatformUnavailable.code: PlatformUnavailable.default_text,
    THROTTLED: THROTTLED_TEXT,
    AlreadyReading.code: AlreadyReading.default_text,
    Busy.code: Busy.default_text,
    INTERRUPTED: _("The reading was interrupted. Nothing is lost: the next one goes on where it stopped."),
    INTERNAL: _("Something failed on our side. What was read stays, the rest comes with the next reading."),
}


def remembered(error: Exception) -> tuple[str, dict[str, Any]]:
    """The code and the JSON-safe params of an error; nothing of what an unexpected one says."""
    if not isinstance(error, CommandaError) or error.code not in FAILURES:
        return INTERNAL, {}
    return error.code[:40], {name: str(value)[:100] for name, value in error.params.items()}


def explain(code: str, params: dict[str, Any]) -> str:
    """What went wrong and what to do, in the language in force; "" without a code."""
    if not code:
        return ""
    text: Promise | str = FAILURES.get(code, FAILURES[INTERNAL])
    try:
        return str(text) % params if params else str(text)
    except (KeyError, TypeError, ValueError):
        return str(text)
