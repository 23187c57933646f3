"""Send one report to one person."""

import logging
from datetime import timedelta
from typing import Final

from commanda.audit.services import record
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import now
from commanda.kernel.errors import NotFound
from commanda.kernel.transaction import unit_of_work
from commanda.reports.catalogue import known_report
from commanda.reports.failures import INACTIVE, NO_REPORT, NO_RIGHT, code_of
from commanda.reports.locks import lock_sending
from commanda.reports.mail import report_mail
from commanda.reports.models import ReportSending

log = logging.getLogger(__name__)
MOST_ATTEMPTS: Final = 6
FIRST_WAIT: Final = timedelta(minutes=2)
Status = ReportSending.Status


def send(*, sending_id: int) -> str:
    """Send what waits, once; returns the status it has then, "" when there was nothing to do.

    Locks the sending while the mail is handed over: another worker passes it by. Who may not see the report any more
    gets nothing, and the sending says so. When the mail cannot be sent, the reason is noted and it is tried again
    after 2, 4, 8 … minutes, six times in all.
    """
    with unit_of_work():
        sending = lock_sending(sending_id)
        if sending is None or sending.status != Status.WAITING:
            return ""
        refusal = _refusal(sending)
        if refusal:
            return _refuse(sending, refusal)
        try:
            with unit_of_work():  # a failed statement must not keep the failure from being noted
                mail = report_mail(sending)
                mail.send()
        except NotFound:
            return _refuse(sending, NO_RIGHT)
        except Exception as error:
            log.warning("report not sent", exc_info=error)
            return _note_failure(sending, error)
        sending.sent_at = now()
        return _end(sending, Status.SENT, "")


def _refusal(sending: ReportSending) -> str:
    """Why nothing is sent; "" to go on."""
    if known_report(sending.schedule.report_slug) is None:
        return NO_REPORT
    return "" if sending.user.is_active else INACTIVE


def _refuse(sending: ReportSending, code: str) -> str:
    return _end(sending, Status.REFUSED, code)


def _end(sending: ReportSending, status: ReportSending.Status, code: str) -> str:
    sending.status, sending.error_code, sending.next_at = status, code, None
    sending.attempts_qty += 1
    sending.save(update_fields=["status", "error_code", "next_at", "attempts_qty", "sent_at"])
    record(
        actor=system_actor(),
        name=f"report.{status}",
        subject="report.schedule",
        subject_id=sending.schedule_id,
        changes={"to": sending.user.name, "why": code},
    )
    return str(status)


def _note_failure(sending: ReportSending, error: Exception) -> str:
    if sending.attempts_qty + 1 >= MOST_ATTEMPTS:
        return _end(sending, Status.FAILED, code_of(error))
    sending.attempts_qty += 1
    sending.error_code = code_of(error)
    sending.next_at = now() + FIRST_WAIT * 2 ** (sending.attempts_qty - 1)
    sending.save(update_fields=["attempts_qty", "error_code", "next_at"])
    return str(sending.status)
