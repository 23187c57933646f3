"""The two long-running programs: the web server (granian, WSGI) and the worker (procrastinate)."""

from commanda.config.processes import end_with_parent

# Per process; each thread keeps a database connection of its own.
THREADS = 8


def serve_web(*, host: str, port: int, workers: int) -> int:
    """Serve until SIGTERM or SIGINT; requests in flight are finished first."""
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    end_with_parent()
    Server(
        "commanda.config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=workers,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        workers_kill_timeout=8,
        log_level=LogLevels.warning,
    ).serve()
    return 0


def run_worker() -> int:
    """Work on jobs until SIGTERM or SIGINT; a job under way gets 8 s to finish, else it is taken up again."""
    import django
    from django.core.management import call_command

    end_with_parent()
    django.setup()
    call_command("procrastinate", "worker", "--shutdown-graceful-timeout", "8", "--delete-jobs", "successful")
    return 0
