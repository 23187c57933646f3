"""The two long-running programs: the web server (granian, WSGI) and the worker (procrastinate)."""

import os

from commanda.config.processes import end_with_parent

# Per process; each thread keeps a database connection of its own.
THREADS = min(8, 2 * (os.cpu_count() or 1) + 1)


def serve_web(*, host: str, port: int, workers: int) -> int:
    """Serve until SIGTERM or SIGINT; requests in flight are finished first."""
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    end_with_parent()
    Server(
        "commanda.config.granian_app:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=workers,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        workers_kill_timeout=4,
        log_level=LogLevels.warning,
    ).serve()
    return 0


def run_worker() -> int:
    """Work on jobs until SIGTERM or SIGINT; a job under way gets 8 s to finish, else it is taken up again."""
    import django

    end_with_parent()
    django.setup()
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    assert isinstance(app.connector, DjangoConnector)  # noqa: S101  (for the type; the app is always Django's)
    with app.replace_connector(app.connector.get_worker_connector()) as worker:
        worker.run_worker(shutdown_graceful_timeout=8, delete_jobs="successful")
    return 0
