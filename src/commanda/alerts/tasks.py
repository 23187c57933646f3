"""Jobs of the alerts."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from commanda.alerts.kinds import Cadence
from commanda.alerts.services.evaluate import evaluate_rules
from commanda.alerts.services.send_mail import queue_due_digests, send_digest, send_urgent
from commanda.kernel.actor import system_actor


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="alerts.look_often")
def look_often(timestamp: int) -> None:
    """Every five minutes: what is cheap to ask."""
    evaluate_rules(actor=system_actor(), cadence=Cadence.OFTEN)


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="alerts.look_hourly")
def look_hourly(timestamp: int) -> None:
    """Every hour: rates over many orders."""
    evaluate_rules(actor=system_actor(), cadence=Cadence.HOURLY)


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="alerts.mail_due")
def mail_due(timestamp: int) -> None:
    """Every ten minutes: the mails of the day of those whose hour has come."""
    queue_due_digests()


@app.task(retry=RetryStrategy(max_attempts=8, exponential_wait=5))
def mail_digest(user_id: int) -> None:
    """A person's mail of the day; a mail server that is down is asked again, later and later."""
    send_digest(actor=system_actor(), user_id=user_id)


@app.task(retry=RetryStrategy(max_attempts=8, exponential_wait=5))
def mail_urgent(user_id: int) -> None:
    """What a person must hear of at once; again later when the mail server is down."""
    send_urgent(actor=system_actor(), user_id=user_id)
