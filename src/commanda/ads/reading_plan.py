"""Which days of an account are to be read: the last ones again, a gap, then history piece by piece."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from commanda.ads.models import AdAccount
from commanda.kernel.clock import CASABLANCA, now

# Platforms restate what the last days have cost.
REREAD_DAYS: Final = 7


def today_there(account: AdAccount) -> date:
    """The present day in the account's time zone; in Casablanca's when the platform names none that we know."""
    try:
        zone = ZoneInfo(account.time_zone) if account.time_zone else CASABLANCA
    except (KeyError, ValueError, OSError):
        zone = CASABLANCA
    return now().astimezone(zone).date()


def newest_pieces(account: AdAccount, most_days: int) -> Iterator[tuple[date, date]]:
    """The last seven days and whatever was missed since the last reading, oldest first, no piece over `most_days`.

    Days before the first day of history are left out.
    """
    last = today_there(account)
    read_until = min(account.read_until_on or last, last)
    first = read_until - timedelta(days=REREAD_DAYS - 1)
    if account.history_from_on is not None:
        first = min(max(first, account.history_from_on), last)
    while first <= last:
        end = min(first + timedelta(days=most_days - 1), last)
        yield first, end
        first = end + timedelta(days=1)


def next_of_history(account: AdAccount, most_days: int) -> tuple[date, date] | None:
    """The youngest piece of history that was not read yet; None when all of it was."""
    wanted, read = account.history_from_on, account.read_from_on
    if wanted is None or read is None or read <= wanted:
        return None
    last = read - timedelta(days=1)
    return max(wanted, last - timedelta(days=most_days - 1)), last


def with_piece(account: AdAccount, first: date, last: date) -> None:
    """Widen the days that were read by a piece that touches them."""
    account.read_from_on = min(account.read_from_on or first, first)
    account.read_until_on = max(account.read_until_on or last, last)
