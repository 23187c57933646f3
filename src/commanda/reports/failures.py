"""Why a mail was not sent: codes that are kept, and the words for them."""

import smtplib
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

NO_RIGHT: Final = "no_right"
INACTIVE: Final = "inactive"
NO_REPORT: Final = "no_report"
TEXTS: Final[dict[str, Any]] = {
    NO_RIGHT: _("This person may not see the report any more. Take them off, or give them the right."),
    INACTIVE: _("This person's account is not active. Take them off the list."),
    NO_REPORT: _("This report does not exist any more. Delete the schedule."),
    "mail_unreachable": _("The mail server does not answer. Check its address, and that it runs."),
    "mail_login": _("The mail server refuses our name or password. Check them."),
    "mail_recipient": _("The mail server does not take this address. Correct the person's e-mail."),
    "mail_refused": _("The mail server refused the mail. Ask who runs it."),
    "unexpected": _("The mail could not be made. The server's log says why."),
}


def code_of(error: Exception) -> str:
    """The code of what went wrong while sending."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "mail_login"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "mail_recipient"
    if isinstance(error, smtplib.SMTPConnectError | smtplib.SMTPServerDisconnected):
        return "mail_unreachable"
    if isinstance(error, smtplib.SMTPException):
        return "mail_refused"
    return "mail_unreachable" if isinstance(error, OSError) else "unexpected"


def text_of(code: str) -> str:
    """The words for a code; "" for none."""
    return str(TEXTS.get(code, TEXTS["unexpected"])) if code else ""
