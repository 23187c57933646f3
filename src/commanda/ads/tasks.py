"""Jobs of the ads."""

from procrastinate.contrib.django import app

from commanda.accounts.models import User
from commanda.ads.jobs import queue_run
from commanda.ads.selectors import due_accounts
from commanda.ads.services.run_account import note_interrupted, run_account
from commanda.kernel.actor import Actor, system_actor
from commanda.kernel.errors import CommandaError


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="ads.read_due_accounts")
def read_due_accounts(timestamp: int) -> None:
    """Every minute: one job per account whose time has come; dead workers' runs are told."""
    note_interrupted()
    for account_id in due_accounts():
        queue_run(account_id)


@app.task
def read_account(account_id: int, user_id: int | None = None) -> None:
    """Read one account; `user_id` is the person who asked for it."""
    try:
        run_account(actor=_actor(user_id), account_id=account_id, is_forced=user_id is not None)
    except CommandaError:
        return  # noted in the account's health, where the person looks


def _actor(user_id: int | None) -> Actor:
    user = User.objects.select_related("role").filter(pk=user_id).first() if user_id is not None else None
    return user.as_actor(source="import") if user else system_actor("import")
