"""The long-running servers: of the web (granian, WSGI) and of live updates (ASGI)."""

import asyncio
import contextlib
import logging.config
import os
import signal
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from commanda.config.logs import configure_logs
from commanda.config.paths import data_dir
from commanda.config.processes import end_with_parent
from commanda.kernel.garbage import loading

APPLICATION = "commanda.config.granian_app"
# Per process; each thread keeps a database connection of its own. More than one for each core and one that waits for
# the database only take turns: the sale of one hot product then fell from 79 to 65 % of what many products sell.
THREADS = min(8, (os.cpu_count() or 1) + 1)


def serve_web(*, host: str, port: int, workers: int, socket: Path | None = None) -> int:
    """Serve until SIGTERM or SIGINT; requests in flight are finished first. With `socket` there, not on the port."""
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    end_with_parent()
    if socket is not None:
        socket.unlink(missing_ok=True)  # left by one that was killed
    with loading():
        import_module(APPLICATION)
    Server(
        f"{APPLICATION}:application",
        address=host,
        port=port,
        uds=socket,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=workers,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        workers_kill_timeout=4,
        log_level=LogLevels.warning,
        log_dictconfig=configure_logs(debug=False),
    ).serve()
    return 0


def serve_events(*, host: str, port: int, socket: Path | None = None) -> NoReturn:
    """Serve the streams until SIGTERM or SIGINT, in one process; they are ended properly, and so is the process."""
    from django.conf import settings

    from commanda.config.secret_key import load_secret_key

    end_with_parent()
    if socket is not None:
        socket.unlink(missing_ok=True)
    # All that checking a session needs of Django; its apps and models stay out of this small process.
    settings.configure(SECRET_KEY=load_secret_key(data_dir(), os.environ.get("COMMANDA_SECRET_KEY", "")))
    logging.config.dictConfig(configure_logs(debug=False))
    asyncio.run(_serve_events(host, port, socket, settings.SECRET_KEY))
    # A thread of granian's that asks for the interpreter while that is being taken apart would abort the process.
    logging.shutdown()
    os._exit(0)


async def _serve_events(host: str, port: int, socket: Path | None, secret: str) -> None:
    from granian.constants import HTTPModes, Interfaces
    from granian.server.embed import Server

    from commanda.events.app import Events

    events = Events(url=os.environ["DATABASE_URL"], secret=secret)
    server = Server(
        events,
        address=host,
        port=port,
        uds=socket,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        log_enabled=False,
        backpressure=10_000,
    )
    told_to_end = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told_to_end.set)
    await events.start()
    serving = asyncio.create_task(server.serve())
    await asyncio.wait([serving, asyncio.create_task(told_to_end.wait())], return_when=asyncio.FIRST_COMPLETED)
    await events.stop()
    if not serving.done():
        server.stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(3):
                await serving
