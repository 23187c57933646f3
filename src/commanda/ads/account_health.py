"""How an account is doing, from what was written down about it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from commanda.ads.connectors.base import THROTTLED
from commanda.ads.failures import PASSING, explain
from commanda.ads.models import AdAccount, SpendRun
from commanda.kernel.clock import now

# An account that has not been read for so many of its periods is late.
LATE_AFTER_PERIODS: Final = 6
# A run that says it is under way longer than this was killed; the next one tells.
LONGEST_RUN: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class AccountHealth:
    """An account as the list shows it."""

    account: AdAccount
    last_run: SpendRun | None

    @property
    def error(self) -> str:
        """What went wrong with the last reading, and what to do."""
        if self.account.error_code == THROTTLED and (until := self.waits_until):
            at = timezone.localtime(until).strftime("%H:%M")
            return _("The platform asks us to wait until %(time)s. It goes on by itself then.") % {"time": at}
        return explain(self.account.error_code, self.account.error_params)

    @property
    def waits_until(self) -> datetime | None:
        """When an account that failed is tried again; None when that is now, or never by itself."""
        until = self.account.next_run_at
        return until if self.account.error_code and until is not None and until > now() else None

    @property
    def passes(self) -> bool:
        """Whether what went wrong needs nobody."""
        return self.account.error_code in PASSING

    @property
    def state(self) -> str:
        """`file` (nothing is read by itself), `running`, `paused`, `error` (needs a person), `waiting` (passes), `new`,
        `late` or `ok`.
        """
        account = self.account
        if not account.is_connected:
            return "file"
        if self.last_run is not None and self.last_run.is_open and now() - self.last_run.started_at < LONGEST_RUN:
            return "running"
        if not account.is_active:
            return "paused"
        if account.error_code:
            return "waiting" if self.passes else "error"
        if account.last_success_at is None:
            return "new"
        late = timedelta(minutes=account.run_minutes * LATE_AFTER_PERIODS)
        return "late" if now() - account.last_success_at > late else "ok"

    @property
    def needs_token(self) -> bool:
        return self.account.error_code in {"token_expired", "no_permission", "secret_unreadable"}

    @property
    def history_days(self) -> int:
        """How many days of history are still to be read."""
        read, wanted = self.account.read_from_on, self.account.history_from_on
        return max((read - wanted).days, 0) if read is not None and wanted is not None else 0
