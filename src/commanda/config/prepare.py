"""Brings database, translations and static files up to date before the web server starts.

Run as a program (`python -m commanda.config.prepare [--demo]`) by `commanda up`, and only when something has
changed since the last time: `Prepared` remembers a fingerprint of everything that matters, so that a second
start does not even load Django.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from commanda.config.cli_errors import no_right_to
from commanda.config.paths import BASE_DIR, LOCALE_DIR, PACKAGE_DIR, data_dir, node_modules

RECORD = "prepared.json"
EMBEDDED_VARIABLE = "COMMANDA_EMBEDDED"
CODE = ("py", "csv", "json", "sql")
# What packages of the front end carry for builders; each file costs time at every start.
NOT_SERVED = ["*.map", "*.ts", "*.scss", "*.md", "*.html"]
HALF_LOADED = "commanda: demo shop not loaded completely"


@dataclass(frozen=True)
class Prepared:
    """What was prepared: the state of the files, and how far the database had come."""

    files: str
    static: str
    migrations: int

    @classmethod
    def read(cls, directory: Path) -> "Prepared | None":
        """The record of the last preparation; None when there is none, or one of another version."""
        try:
            return cls(**json.loads((directory / RECORD).read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, directory: Path) -> None:
        """Remember, in one step."""
        draft = directory / f"{RECORD}.new"
        draft.write_text(json.dumps(asdict(self)))
        draft.replace(directory / RECORD)


def files_state() -> str:
    """A fingerprint of what a preparation depends on: packages, code, data, texts, static files."""
    packages = sorted(f"{found.name}=={found.version}" for found in distributions())
    code = sorted(path for kind in CODE for path in PACKAGE_DIR.rglob(f"*.{kind}"))
    catalogues = sorted(LOCALE_DIR.glob("*/LC_MESSAGES/*.[pm]o"))
    return _digest([*packages, *_stamps(code), *_stamps(catalogues), static_state()])


def static_state() -> str:
    """A fingerprint of the static files: our own one by one, the front end's packages by their lock."""
    own = sorted(path for path in PACKAGE_DIR.glob("web/static/**/*") if path.is_file())
    locks = [BASE_DIR / "package-lock.json", node_modules() / ".package-lock.json"]
    packages = sorted(f"{found.name}=={found.version}" for found in distributions())
    return _digest([*packages, *_stamps(own), *_stamps(locks)])


def _stamps(paths: list[Path]) -> Iterator[str]:
    for path in paths:
        try:
            found = path.stat()
        except FileNotFoundError:
            continue
        yield f"{path}:{found.st_mtime_ns}:{found.st_size}"


def _digest(parts: list[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def prepare(*, demo: bool) -> None:
    """Do all that is needed, in order; what is up to date costs next to nothing.

    Takes an advisory lock, so that several machines starting at once on one database wait for each other.
    """
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from commanda.config.locks import preparing
    from commanda.config.translations import compile_translations

    compile_translations(LOCALE_DIR)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commanda.config.settings")
    django.setup()
    with preparing():
        with connection.cursor() as cursor:
            if demo_is_half_loaded(cursor):
                _start_over(cursor)
        say("Bringing the database up to date …")
        call_command("createcachetable", verbosity=0)
        # Always in full: what apps load after a migration is brought up to date, too.
        call_command("migrate", verbosity=0, interactive=False)
        _collect_static(Path(settings.STATIC_ROOT))
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM django_migrations")
            (count,) = cursor.fetchone()
        Prepared(files=files_state(), static=static_state(), migrations=count).write(data_dir())
        if demo and not _has_users():
            _load_demo()


def _collect_static(target: Path) -> None:
    from django.core.management import call_command

    before = Prepared.read(data_dir())
    if target.is_dir() and before is not None and before.static == static_state():
        return
    say("Collecting the static files …")
    call_command("collectstatic", verbosity=0, interactive=False, clear=target.is_dir(), ignore_patterns=NOT_SERVED)


def _has_users() -> bool:
    from django.contrib.auth import get_user_model

    return bool(get_user_model()._default_manager.exists())


def _load_demo() -> None:
    """Fill the empty shop; the package `demo` lies beside `src`, outside the product.

    A comment on the database tells, until all is done, that the filling was not finished.
    """
    from django.db import connection

    sys.path.insert(0, str(BASE_DIR))
    from demo.load import load_demo

    say("Loading the demo shop …")
    with connection.cursor() as cursor:
        _comment(cursor, HALF_LOADED)
        load_demo()
        _comment(cursor, "")


def demo_is_half_loaded(cursor: Any) -> bool:
    """True when loading the demo shop was interrupted in this database."""
    cursor.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()")
    return bool(cursor.fetchone()[0] == HALF_LOADED)


def _comment(cursor: Any, text: str) -> None:
    cursor.execute("SELECT format('COMMENT ON DATABASE %%I IS %%L', current_database(), %s::text)", [text])
    cursor.execute(cursor.fetchone()[0])


def _start_over(cursor: Any) -> None:
    """Empty a database that holds nothing but half of a demo shop: the embedded one only."""
    if os.environ.get(EMBEDDED_VARIABLE) != "1":
        raise SystemExit(
            "commanda: loading the demo shop was interrupted in this database; make the database anew and start again"
        )
    say("Loading the demo shop was interrupted; starting over …")
    cursor.execute("DROP SCHEMA public CASCADE")
    cursor.execute("CREATE SCHEMA public")
    _comment(cursor, "")


def say(text: str) -> None:
    """Tell the person at the terminal what takes its time."""
    print(text, flush=True)


def main(arguments: list[str]) -> None:
    """Prepare; what the database refuses ends in one line."""
    from django.db import DatabaseError

    try:
        prepare(demo="--demo" in arguments)
    except DatabaseError as error:
        raise SystemExit(f"commanda: the database refused: {' '.join(str(error).split())}") from None
    except PermissionError as error:
        raise SystemExit(f"commanda: {no_right_to(error)}") from None


if __name__ == "__main__":
    main(sys.argv[1:])
