"""How an account is doing, written after each reading."""

from datetime import timedelta
from typing import Final

from commanda.ads.connectors.base import NEEDS_PERSON, PlatformUnavailable
from commanda.ads.failures import remembered
from commanda.ads.models import AdAccount
from commanda.kernel.clock import now
from commanda.kernel.waits import backoff

FIRST_WAIT: Final = timedelta(minutes=5)
LONGEST_WAIT: Final = timedelta(hours=6)
GO_ON_AFTER: Final = timedelta(minutes=10)


def note_success(account: AdAccount, *, is_complete: bool) -> None:
    """A reading worked: forget errors, plan the next one; sooner when there is more to read."""
    account.last_run_at = account.last_success_at = now()
    account.error_code, account.error_params, account.failures_qty = "", {}, 0
    wait = timedelta(minutes=account.run_minutes) if is_complete else GO_ON_AFTER
    account.next_run_at = now() + wait if account.is_polled else None
    _save(account)


def note_failure(account: AdAccount, error: Exception) -> None:
    """A reading failed: say why, and wait twice as long as the last time, at least as long as the platform asks.

    What only a person can mend is not tried again by itself.
    """
    account.last_run_at = now()
    account.error_code, account.error_params = remembered(error)
    account.failures_qty = min(account.failures_qty + 1, 1000)
    asked = timedelta(seconds=error.retry_after) if isinstance(error, PlatformUnavailable) else timedelta(0)
    is_hopeless = account.error_code in NEEDS_PERSON or not account.is_polled
    wait = backoff(FIRST_WAIT, account.failures_qty, longest=LONGEST_WAIT)
    account.next_run_at = None if is_hopeless else now() + max(wait, asked)
    _save(account)


def _save(account: AdAccount) -> None:
    account.save(
        update_fields=["last_run_at", "last_success_at", "error_code", "error_params", "failures_qty", "next_run_at"]
    )
