"""Errors a person or an API client can act on.

Each class has a stable `code`; each instance a translated text that says what to do next.
Pages show it beside the field or as a toast, the API answers it as problem+json.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _


class CommandaError(Exception):
    """Base of all expected errors. `field` names the input to mend, `status` is the HTTP status."""

    code = "error"
    status = 400
    is_retryable = False
    default_text: Any = _("This could not be done.")

    def __init__(self, text: Any = None, *, code: str | None = None, field: str | None = None, **params: Any):
        self.text = text or self.default_text
        self.field = field
        self.params = params
        if code:
            self.code = code
        super().__init__(self.text)

    def __str__(self) -> str:
        return str(self.text) % self.params if self.params else str(self.text)


class Invalid(CommandaError):
    """The input is wrong; mend `field`."""

    code = "invalid"
    status = 422


class NotAllowed(CommandaError):
    """The actor lacks the right."""

    code = "not_allowed"
    status = 403
    default_text = _("You do not have the right to do this. Ask an administrator.")


class NotFound(CommandaError):
    """No such row, or none the actor may see: the two answer alike."""

    code = "not_found"
    status = 404
    default_text = _("It does not exist, or it is not yours.")


class Conflict(CommandaError):
    """The row changed meanwhile, or its state forbids this."""

    code = "conflict"
    status = 409


class Busy(CommandaError):
    """A lock was not free within three seconds."""

    code = "busy"
    status = 503
    is_retryable = True
    default_text = _("Somebody else is changing the same thing. Try again in a moment.")
