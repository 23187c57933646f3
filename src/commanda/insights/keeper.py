"""The worker's hand for kept sums: a thread that adds to them whatever changed."""

import logging
import threading
import time
from typing import Final

from django.db import DatabaseError, connection

from commanda.insights.services.keep import is_far_behind, keep_sums
from commanda.kernel.errors import Busy

logger = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 1.0
# Of the time, at most a third goes into counting: requests come first. Far behind there is no rest: as long as that
# lasts, pages show what was before, or count rows, which costs more.
REST: Final = 2


class Keeper(threading.Thread):
    """Runs until `stop`. Several workers may each have one: they take turns. A database that is away is waited for."""

    def __init__(self) -> None:
        super().__init__(name="keeper", daemon=True)
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Ask it to end; what it is counting is finished first."""
        self._stopped.set()

    def run(self) -> None:
        pause = PAUSE_SECONDS
        while not self._stopped.wait(pause):
            began, has_rest = time.monotonic(), True
            try:
                keep_sums()
                has_rest = not is_far_behind()
            except Busy:
                pass  # a reader or another worker is at it for longer than one waits
            except DatabaseError:
                # What changed stays noted. The next round connects again.
                logger.exception("kept sums could not follow; trying again")
                connection.close()
            pause = max(PAUSE_SECONDS, REST * (time.monotonic() - began)) if has_rest else 0.0
        connection.close()
