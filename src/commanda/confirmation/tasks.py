"""Jobs of the call queue."""

from procrastinate.contrib.django import app

from commanda.accounts.services.once import forget_old_answers
from commanda.confirmation.services import assign
from commanda.kernel.actor import system_actor


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="confirmation.tend_queue")
def tend_queue(timestamp: int) -> None:
    """Every minute."""
    assign.tend_queue(actor=system_actor())


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="accounts.forget_answers")
def forget_answers(timestamp: int) -> None:
    """Every hour."""
    forget_old_answers()
