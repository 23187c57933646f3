"""How a failed reading is remembered: a code with its params, put into words in the reader's language."""

from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commanda.intake.locks import AlreadyRunning
from commanda.intake.readers.base import QUOTA_CODE, QUOTA_TEXT, READ_PROBLEMS, SourceUnavailable
from commanda.kernel.errors import Busy, CommandaError, Invalid

INTERNAL: Final = "internal"
INTERRUPTED: Final = "interrupted"


class MappingIncomplete(Invalid):
    """A column without which no row can become an order is not known."""

    def __init__(self, missing: str) -> None:
        super().__init__(FAILURES[f"mapping_no_{missing}"], code=f"mapping_no_{missing}", field="mapping")


class SheetMoving(CommandaError):
    """Rows or columns moved each time they were about to be written."""

    code = "sheet_moving"
    status = 503
    is_retryable = True
    default_text = _("Somebody is sorting or moving the rows of the sheet. It will be written to again in a minute.")


# Every way in which a reading, a delivery or a write-back can fail, with its text.
FAILURES: Final[dict[str, Any]] = {
    **READ_PROBLEMS,
    "mapping_no_phone": _("Which column holds the phone number? Choose it in the mapping, then read again."),
    "mapping_no_product": _("Which column holds the product? Choose it in the mapping, then read again."),
    "secret_unreadable": _("The stored key file can no longer be read. Upload it again."),
    AlreadyRunning.code: AlreadyRunning.default_text,
    SheetMoving.code: SheetMoving.default_text,
    SourceUnavailable.code: SourceUnavailable.default_text,
    QUOTA_CODE: QUOTA_TEXT,
    Busy.code: Busy.default_text,
    INTERRUPTED: _("The import was interrupted. Nothing is lost: read the source again and it goes on."),
    INTERNAL: _("Something failed on our side. Nothing is lost: what was imported stays, the rest comes next time."),
}


def remembered(error: Exception) -> tuple[str, dict[str, Any]]:
    """The code and the JSON-safe params of an error."""
    if not isinstance(error, CommandaError):
        return INTERNAL, {}
    params = {name: value if isinstance(value, int) else str(value)[:200] for name, value in error.params.items()}
    if error.code not in FAILURES:
        params = {"text": str(error)[:400]}
    return error.code[:40], params


def explain(code: str, params: dict[str, Any]) -> str:
    """What went wrong and what to do, in the language in force; "" without a code."""
    if not code:
        return ""
    text: Promise | str | None = FAILURES.get(code)
    if text is None:
        return str(params.get("text") or FAILURES[INTERNAL])
    try:
        return str(text) % params if params else str(text)
    except (KeyError, TypeError, ValueError):
        return str(text)
