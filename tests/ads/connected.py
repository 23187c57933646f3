"""Accounts on the fake of the platforms: what the tests of connecting and reading share."""

from datetime import timedelta
from typing import Any

from commanda.ads.models import AdAccount, AdSpend, SpendRun
from commanda.ads.services.accounts import AccountData, add_account
from commanda.ads.services.run_account import run_account
from commanda.kernel.actor import Actor, system_actor
from commanda.kernel.clock import today
from tests.fakes.ads.state import TOKEN, Account

SYSTEM = system_actor("import")


def connect(actor: Actor, connector: str, theirs: Account, **more: Any) -> AdAccount:
    data = AccountData(
        connector=connector,
        name=more.pop("name", f"Compte {connector}"),
        external_id=theirs.number,
        token=TOKEN,
        history_from_on=more.pop("history_from_on", today() - timedelta(days=2)),
        **more,
    )
    return add_account(actor=actor, data=data)


def read(account: AdAccount, **options: Any) -> SpendRun | None:
    run = run_account(actor=SYSTEM, account_id=account.pk, **options)
    account.refresh_from_db()
    return run


def numbers(run: SpendRun | None) -> tuple[int, int, int]:
    assert run is not None
    return run.read_qty, run.new_qty, run.changed_qty


def spent() -> dict[tuple[str, int], str]:
    """(campaign's id, days ago) → amount in MAD of everything imported."""
    rows = AdSpend.objects.filter(account__isnull=False).select_related("campaign")
    return {(row.level_id, (today() - row.spent_on).days): str(row.mad_amount) for row in rows}
