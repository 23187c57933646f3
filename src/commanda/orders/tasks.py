"""Jobs of the orders."""

from procrastinate.contrib.django import app

from commanda.accounts.models import User
from commanda.kernel.errors import CommandaError
from commanda.orders.services.bulk import left_runs
from commanda.orders.services.bulk import work_bulk as work
from commanda.orders.services.counts import fold_counts as fold


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
