"""Read what a connected account spent."""

import time
import traceback
from collections.abc import Iterator
from datetime import date
from typing import Final

import structlog
from django.db.models import F

from commanda.accounts.permissions import Perm
from commanda.ads.connectors.base import Connector
from commanda.ads.failures import INTERRUPTED, remembered
from commanda.ads.locks import accounts_being_read, lock_account, only_run_of
from commanda.ads.models import AdAccount, SpendRun
from commanda.ads.rates import RateTable, load_rates
from commanda.ads.reading_plan import newest_pieces, next_of_history, with_piece
from commanda.ads.services.connect import open_connector
from commanda.ads.services.health import note_failure, note_success
from commanda.ads.services.write_spend import write_days
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import CommandaError, NotFound
from commanda.kernel.transaction import unit_of_work

# A run that has more history to read leaves the worker to others for a while.
LONGEST_RUN_SECONDS: Final = 240

log = structlog.get_logger(__name__)


class ReadingBroke(Exception):
    """What nobody foresaw ended a reading. Names the kind of the error, never its text: that may hold a token."""


def run_account(*, actor: Actor, account_id: int, is_forced: bool = False) -> SpendRun | None:
    """Read the last seven days of an account again, what was missed, and a part of its history; None when it rests.

    Each piece of days is one transaction that also remembers how far reading has come: a killed run neither doubles
    nor loses, the next one goes on. What fails is noted in the account's health with what to do; it is raised only
    when a person asked for the reading (`is_forced`), as are `NotFound` and `AlreadyReading`. What nobody
    foresaw comes out as `ReadingBroke`.
    """
    actor.require(Perm.ADS_ENTER)
    account = AdAccount.objects.visible_to(actor).select_related("platform").filter(pk=account_id).first()
    if account is None or not account.is_connected or not (account.is_active or is_forced):
        if is_forced:
            raise NotFound
        return None
    try:
        return _run(actor, account, is_forced=is_forced)
    except CommandaError:
        if is_forced:
            raise
        return None


def note_interrupted() -> int:
    """Runs that nobody works on any more, because their worker was killed, say so; gives how many."""
    gone = SpendRun.objects.filter(status=SpendRun.Status.RUNNING)
    open_runs = list(gone.values_list("pk", "account_id"))
    busy = accounts_being_read() if open_runs else set()
    dead = [pk for pk, account_id in open_runs if account_id not in busy]
    return gone.filter(pk__in=dead).update(status=SpendRun.Status.FAILED, error_code=INTERRUPTED, finished_at=now())


def _run(actor: Actor, account: AdAccount, *, is_forced: bool) -> SpendRun:
    with only_run_of(account.pk):
        # Read again under the lock: the run before us may just have moved on.
        account.refresh_from_db()
        run = SpendRun.objects.create(
            account=account,
            trigger=SpendRun.Trigger.MANUAL if is_forced else SpendRun.Trigger.POLL,
            started_by_id=actor.user_id,
            started_at=now(),
        )
        try:
            is_complete = _read(actor, account, run)
        except Exception as error:
            _end(run, error)
            note_failure(account, error)
            if not isinstance(error, CommandaError):
                # Its text may hold an address with a token: only its kind is told, and where it happened.
                kind, where = type(error).__name__, traceback.format_tb(error.__traceback__)
                log.error("ads_run_failed", account=account.pk, error=kind, at=where)
                error = ReadingBroke(kind)
            raise error from None
        _end(run)
        note_success(account, is_complete=is_complete)
    return run


def _read(actor: Actor, account: AdAccount, run: SpendRun) -> bool:
    """Read piece by piece; False when some history is left for the next run."""
    connector = open_connector(account)
    rates = load_rates({account.currency})
    deadline = time.monotonic() + LONGEST_RUN_SECONDS
    for piece in newest_pieces(account, connector.most_days):
        _piece(actor, account, run, connector, rates, piece)
    for piece in _history(account, connector):
        if connector.is_near_limit or time.monotonic() > deadline or _was_paused(account):
            return False
        _piece(actor, account, run, connector, rates, piece)
    return True


def _history(account: AdAccount, connector: Connector) -> Iterator[tuple[date, date]]:
    while (piece := next_of_history(account, connector.most_days)) is not None:
        yield piece


def _was_paused(account: AdAccount) -> bool:
    return not AdAccount.objects.filter(pk=account.pk, is_active=True).exists()


def _piece(
    actor: Actor,
    account: AdAccount,
    run: SpendRun,
    connector: Connector,
    rates: RateTable,
    piece: tuple[date, date],
) -> None:
    """Ask, then write all of it or nothing."""
    rows = connector.days(*piece)
    with unit_of_work():
        # What the account spends from now on is the present buyer's.
        account.buyer_id = lock_account(actor, account.pk).buyer_id
        written = write_days(actor=actor, account=account, rows=rows, rates=rates)
        with_piece(account, *piece)
        account.save(update_fields=["read_from_on", "read_until_on"])
        run.first_on = min(run.first_on or piece[0], piece[0])
        run.last_on = max(run.last_on or piece[1], piece[1])
        SpendRun.objects.filter(pk=run.pk).update(
            first_on=run.first_on,
            last_on=run.last_on,
            read_qty=F("read_qty") + written.read_qty,
            new_qty=F("new_qty") + written.new_qty,
            changed_qty=F("changed_qty") + written.changed_qty,
        )


def _end(run: SpendRun, error: Exception | None = None) -> None:
    run.status, run.finished_at = SpendRun.Status.DONE, now()
    if error is not None:
        run.status = SpendRun.Status.FAILED
        run.error_code, run.error_params = remembered(error)
    run.save(update_fields=["status", "finished_at", "error_code", "error_params"])
    run.refresh_from_db()
