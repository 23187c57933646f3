"""Jobs of personal data."""

from procrastinate.contrib.django import app

from commanda.privacy.services.clear_old import clear_old as clear


@app.periodic(cron="37 3 * * *")
@app.task(queueing_lock="privacy.clear_old")
def clear_old(timestamp: int) -> None:
    """Every night: what is older than it is kept for goes."""
    clear()
