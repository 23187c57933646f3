"""Jobs of the orders."""

from django.conf import settings
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from commanda.accounts.models import User
from commanda.kernel.actor import system_actor
from commanda.kernel.errors import CommandaError
from commanda.orders.services.bulk import left_runs
from commanda.orders.services.bulk import work_bulk as work
from commanda.orders.services.confirm_by_email import send_confirmation
from commanda.orders.services.counts import fold_counts as fold
from commanda.orders.services.entry_drafts import drop_old_drafts


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="orders.fold_counts")
def fold_counts(timestamp: int) -> None:
    """Every minute: the list's counters are few again."""
    fold()


@app.task
def work_bulk(run_id: int, user_id: int) -> None:
    """Go on with a bulk action; where an agent holds an order of the piece, the next minute's round does it."""
    actor = User.objects.select_related("role").get(pk=user_id).as_actor(source="worker")
    try:
        work(actor=actor, run_id=run_id)
    except CommandaError:
        return


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="orders.resume_bulk")
def resume_bulk(timestamp: int) -> None:
    """Every minute: bulk actions whose worker was killed go on."""
    for run in left_runs():
        work_bulk.defer(run_id=run.pk, user_id=run.user_id)


@app.task(retry=RetryStrategy(max_attempts=8, exponential_wait=5))
def confirm_by_email(order_id: int) -> None:
    """Send an order's confirmation; a mail server that is down is asked again, later and later."""
    send_confirmation(actor=system_actor(), order_id=order_id)


@app.periodic(cron="41 * * * *")
@app.task(queueing_lock="orders.drop_drafts")
def drop_drafts(timestamp: int) -> None:
    """Every hour: unfinished entries that nobody came back to go."""
    drop_old_drafts(days=settings.ENTRY_DRAFT_DAYS)
