"""The one LISTEN connection, made again whenever it dies."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import psycopg

from commanda.kernel.hints import CHANNEL, Hint, decode

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
# A connection that nobody ends, but nothing comes through (a cable, a firewall), is found by asking.
ASK_SECONDS = 30.0
KEEPALIVE: dict[str, Any] = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "connect_timeout": 5,
}

log = logging.getLogger("commanda.events")


class Listener:
    """Calls `heard` for each hint, and `missed` whenever some may have been missed: after every connecting."""

    def __init__(self, url: str, *, heard: Callable[[Hint], None], missed: Callable[[], None]) -> None:
        self._url = url
        self._heard = heard
        self._missed = missed
        self.is_connected = False

    async def run(self) -> None:
        """For ever; cancel it to end it."""
        pause = FIRST_PAUSE
        while True:
            try:
                async with await self._connect() as connection:
                    self.is_connected = True
                    pause = FIRST_PAUSE
                    self._missed()
                    await self._listen(connection)
            except (psycopg.Error, OSError) as error:
                log.warning("The database does not answer, trying again: %s", " ".join(str(error).split()))
            finally:
                self.is_connected = False
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True, **KEEPALIVE)
        await connection.execute(f"LISTEN {CHANNEL}")
        return connection

    async def _listen(self, connection: psycopg.AsyncConnection[Any]) -> None:
        while True:
            async for notification in connection.notifies(timeout=ASK_SECONDS):
                try:
                    hint = decode(notification.payload)
                except ValueError:
                    log.warning("A hint that nobody understands: %.80s", notification.payload)
                    continue
                self._heard(hint)
            async with asyncio.timeout(ASK_SECONDS):
                await connection.execute("SELECT 1")
