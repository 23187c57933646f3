"""The console script `commanda`.

Every command but `up`, `restore` and `db-url` runs on the database of DATABASE_URL or, without it, on the embedded one,
which is started when needed and stopped afterwards unless somebody else uses it.

Exit codes: 0 done; 1 the command worked and found something wrong; 2 wrong use or environment (one line on
stderr says what to do).
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from commanda.config import cli_django, embedded
from commanda.config.cli_errors import USAGE, CliError, no_right_to
from commanda.config.paths import data_dir

SETTINGS = "commanda.config.settings"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        if arguments[:1] == ["manage"]:
            return _manage(arguments[1:])
        options = _parser().parse_args(arguments)
        return int(options.run(options))
    except CliError as error:
        print(f"commanda: {error}", file=sys.stderr)
        return error.exit_code
    except embedded.errors.EmbeddedError as error:
        print(f"commanda: {error} [{error.code}]", file=sys.stderr)
        return USAGE
    except PermissionError as error:
        print(f"commanda: {no_right_to(error)}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output (head, less) has gone; keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="commanda", description="Orders for shops paid on delivery")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    up = commands.add_parser("up", help="run everything: database, web server, worker")
    _address(up)
    up.add_argument("--demo", action="store_true", help="fill an empty shop with invented orders")
    up.set_defaults(run=_up)

    web = commands.add_parser("web", help="run the web server only")
    _address(web)
    web.add_argument("--workers", type=int, default=2, help="processes (default 2)")
    web.add_argument("--socket", type=Path, help=argparse.SUPPRESS)
    web.set_defaults(run=_web)

    events = commands.add_parser("events", help="run the server of live updates only: /events")
    _address(events, port=8001)
    events.add_argument("--socket", type=Path, help=argparse.SUPPRESS)
    events.set_defaults(run=_events)

    worker = commands.add_parser("worker", help="run the worker for jobs only")
    worker.set_defaults(run=_worker)

    importer = commands.add_parser("import", help="import orders from a CSV or XLSX file")
    importer.add_argument("file", metavar="FILE")
    importer.add_argument("--source", metavar="NAME", help="the source of the orders (default: its name)")
    importer.add_argument("--dry-run", action="store_true", help="say what would happen, change nothing")
    importer.add_argument("--json", action="store_true", help="answer as JSON")
    importer.set_defaults(run=_import)

    books = commands.add_parser("check-books", help="prove that stock and orders agree; exit code 1 if not")
    books.add_argument("--json", action="store_true", help="answer as JSON")
    books.set_defaults(run=_check_books)

    key = commands.add_parser("create-key", help="make an API key and print it once")
    key.add_argument("--user", metavar="EMAIL", required=True, help="whose rights the key has")
    key.add_argument("--name", required=True, help="what it is for")
    key.set_defaults(run=_create_key)

    _back_ups(commands)

    url = commands.add_parser("db-url", help="print the DATABASE_URL in use, for psql and pg_dump")
    url.set_defaults(run=_db_url)

    commands.add_parser("manage", help="Django's own commands: commanda manage shell", add_help=False)
    return parser


def _back_ups(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    backup = commands.add_parser("backup", help="back up database and uploads into one file, while all goes on")
    backup.add_argument("target", metavar="PATH", type=Path, help="a new file, or a directory for it")
    backup.add_argument("--with-key", action="store_true", help="put the key file in, too (keep the archive secret)")
    backup.set_defaults(run=_backup)

    rotate = commands.add_parser("rotate-key", help="seal stored secrets with the first COMMANDA_SECRETS_KEY")
    rotate.set_defaults(run=_rotate_key)

    restore = commands.add_parser("restore", help="load a back-up into a new data directory or an empty database")
    restore.add_argument("archive", metavar="ARCHIVE", type=Path)
    restore.set_defaults(run=_restore)


def _address(parser: argparse.ArgumentParser, *, port: int = 8000) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=_port, default=port, help=f"port to listen on (default {port})")


def _port(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError("a port lies between 1 and 65535")
    return number


def _up(options: argparse.Namespace) -> int:
    from commanda.config.up import up

    return up(host=options.host, port=options.port, demo=options.demo)


def _web(options: argparse.Namespace) -> int:
    from commanda.config.metrics.sharing import shared_values
    from commanda.config.serve import serve_web

    with _database(), shared_values():
        return serve_web(host=options.host, port=options.port, workers=options.workers, socket=options.socket)


def _events(options: argparse.Namespace) -> int:
    from commanda.config.serve import serve_events

    with _database():
        return serve_events(host=options.host, port=options.port, socket=options.socket)


def _worker(options: argparse.Namespace) -> int:
    from commanda.config.worker import run_worker

    with _database():
        return run_worker()


def _import(options: argparse.Namespace) -> int:
    with _database():
        return cli_django.import_file(
            options.file, source=options.source, dry_run=options.dry_run, as_json=options.json
        )


def _check_books(options: argparse.Namespace) -> int:
    with _database():
        return cli_django.check_books(as_json=options.json)


def _create_key(options: argparse.Namespace) -> int:
    with _database():
        return cli_django.create_key(email=options.user, name=options.name)


def _backup(options: argparse.Namespace) -> int:
    with _database():
        return cli_django.backup(options.target, with_key=options.with_key)


def _rotate_key(options: argparse.Namespace) -> int:
    with _database():
        return cli_django.rotate_key()


def _restore(options: argparse.Namespace) -> int:
    # Without Django: its settings would make a new key in the place of the restored one.
    from commanda.config.restore import restore

    manifest = restore(archive=options.archive, data_dir=data_dir(), url=os.environ.get("DATABASE_URL") or None)
    print(f"Restored the shop of {manifest.made_at} ({len(manifest.uploads)} uploaded files) into {data_dir()}.")
    if not (data_dir() / "secret-key").exists() and not os.environ.get("COMMANDA_SECRET_KEY"):
        print(
            f"The key is not in the archive: copy your secret-key to {data_dir()} before the first start. "
            "Without it a new one is made, and the secrets of connections have to be entered again."
        )
    print("`commanda check-books` proves it, `commanda up` starts it.")
    return 0


def _db_url(options: argparse.Namespace) -> int:
    print(os.environ.get("DATABASE_URL") or embedded.default_url(data_dir()))
    if not os.environ.get("DATABASE_URL") and not embedded.is_running(data_dir()):
        print("commanda: the database does not run now; `commanda up` starts it", file=sys.stderr)
    return 0


def _manage(arguments: list[str]) -> int:
    with _database():
        return cli_django.manage(arguments)


@contextmanager
def _database() -> Iterator[None]:
    """Run with DATABASE_URL set and Django's settings named."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    if os.environ.get("DATABASE_URL"):
        yield
        return
    with embedded.start(data_dir()) as server:
        os.environ["DATABASE_URL"] = server.url
        try:
            yield
        finally:
            del os.environ["DATABASE_URL"]


if __name__ == "__main__":
    sys.exit(main())
