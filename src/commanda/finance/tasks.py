"""Jobs of finance."""

from procrastinate.contrib.django import app

from commanda.finance.months import month_of
from commanda.finance.services.bonuses import compute_bonuses
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import today

# Late news of the month before still counts by itself; afterwards a person computes it again.
DAYS_AFTER = 7


@app.periodic(cron="17 3 * * *")
@app.task(queueing_lock="finance.bonuses_of_last_month")
def bonuses_of_last_month(timestamp: int) -> None:
    """Every night of the first week: the bonuses of the month that is over; what is written already stays."""
    if today().day <= DAYS_AFTER:
        compute_bonuses(actor=system_actor(), month_on=month_of(today()).previous.first)
