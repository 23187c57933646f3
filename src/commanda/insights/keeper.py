"""The worker's hand for kept sums: a thread that counts dirty days anew while there are any."""

import logging
import threading
import time
from typing import Final

from django.db import DatabaseError, connection

from commanda.insights.services.keep import keep_sums

logger = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 1.0
# Of the time, at most a third goes into counting: requests come first.
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
            began = time.monotonic()
            try:
                keep_sums()
            except DatabaseError:
                # The days stay marked. The next round connects again.
                logger.warning("kept sums could not be counted; trying again", exc_info=True)
                connection.close()
            pause = max(PAUSE_SECONDS, REST * (time.monotonic() - began))
        connection.close()
