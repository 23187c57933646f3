"""The worker (procrastinate): does jobs, and picks up what another worker left undone.

It is made to be killed. A worker whose database went away ends at once, as if killed: whoever runs it starts it again,
it waits for the database, and the job it was at is taken up like that of any dead worker.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, cast

from commanda.config.processes import end_with_parent
from commanda.kernel.garbage import loading

if TYPE_CHECKING:
    from procrastinate.contrib.django.django_connector import DjangoConnector
    from procrastinate.job_context import JobContext
    from procrastinate.worker import Worker

logger = logging.getLogger("commanda.worker")

DATABASE_AWAY: Final = 3
ROUND_SECONDS: Final = 5.0
WAIT_SECONDS, TELL_SECONDS = 0.2, 30.0
# How long noting a job's end may take, until it counts as left undone.
NOTING_SECONDS: Final = 60.0


def run_worker() -> int:
    """Work on jobs until SIGTERM or SIGINT; a job under way gets 8 s to finish. What ends in its middle is taken up
    again, here or by another worker, within 25 s.
    """
    end_with_parent()
    with loading():
        import django

        django.setup()
        from procrastinate.contrib.django import app

        from commanda.insights.keeper import Keeper
        from commanda.kernel.jobs import HEARTBEAT_S, SILENT_S

    _wait_for_database()
    rescuer, keeper = Rescuer(), Keeper()
    rescuer.start()
    keeper.start()
    try:
        with app.replace_connector(cast("DjangoConnector", app.connector).get_worker_connector()) as worker:
            worker.run_worker(
                shutdown_graceful_timeout=8,
                delete_jobs="successful",
                update_heartbeat_interval=HEARTBEAT_S,
                stalled_worker_timeout=SILENT_S,
                task_middleware=[rescuer.follow],
            )
    finally:
        for thread in (keeper, rescuer):
            thread.stop()
            thread.join(timeout=8)
    return 0


class Rescuer(threading.Thread):
    """Gives abandoned jobs back to the queue every few seconds; several workers may each have one."""

    def __init__(self) -> None:
        super().__init__(name="rescuer", daemon=True)
        self._stopped = threading.Event()
        self._ended: dict[tuple[int, int], float] = {}

    def follow(self, call_next: Callable[[], Any], context: "JobContext", worker: "Worker") -> Any:
        """Around each job (a task middleware): remembers when it ended, and ends the process with its database."""
        from commanda.kernel.transaction import is_database_away

        try:
            return call_next()
        except Exception as error:
            if is_database_away(error):
                logger.exception("the database went away during %s; ending, to begin anew", context.job.task_name)
                logging.shutdown()
                os._exit(DATABASE_AWAY)
            raise
        finally:
            self._ended[context.job.id or 0, context.job.attempts] = time.monotonic()

    def stop(self) -> None:
        """Ask it to end."""
        self._stopped.set()

    def run(self) -> None:
        from django.db import DatabaseError, connection

        from commanda.kernel.errors import Busy
        from commanda.kernel.jobs import take_up_abandoned

        while True:
            try:
                take_up_abandoned(self.left())
            except (Busy, DatabaseError):
                logger.warning("abandoned jobs could not be looked for; trying again", exc_info=True)
                connection.close()
            if self._stopped.wait(ROUND_SECONDS):
                break
        connection.close()

    def left(self) -> dict[int, int]:
        """Jobs that ended here so long ago that their end, if it is not noted by now, will not be.

        That happens to a job that is to be tried again while its twin waits: the queue refuses the second.
        """
        oldest = time.monotonic() - NOTING_SECONDS
        left = [job for job, ended in list(self._ended.items()) if ended < oldest]
        for job in left:
            del self._ended[job]
        return dict(left)


def _wait_for_database() -> None:
    """Return when the database answers; says now and then that it does not."""
    from django.db import OperationalError, connection

    told = 0.0
    while True:
        try:
            connection.ensure_connection()
        except OperationalError:
            if time.monotonic() - told > TELL_SECONDS:
                logger.warning("the database does not answer; waiting for it")
                told = time.monotonic()
            time.sleep(WAIT_SECONDS)
        else:
            connection.close()
            return
