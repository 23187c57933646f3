"""Jobs of the reports."""

from procrastinate.contrib.django import app

from commanda.insights.kept import figures_of
from commanda.reports.jobs import queue_sending
from commanda.reports.selectors import due_sendings
from commanda.reports.services.claim_due import claim_due_schedules
from commanda.reports.services.send import send


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="reports.send_due")
def send_due(timestamp: int) -> None:
    """Every minute: what is due becomes mails to send, and each mail whose time has come gets its job. While figures
    follow late, mails wait for them: a file does not say of when its figures are.
    """
    claim_due_schedules()
    for sending_id in due_sendings() if figures_of() is None else ():
        queue_sending(sending_id)


@app.task
def send_report(sending_id: int) -> None:
    """Send one report to one person; what fails is noted and tried again later."""
    send(sending_id=sending_id)
