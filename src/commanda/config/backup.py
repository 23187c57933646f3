"""`commanda backup`: the whole shop as of one moment in one file, while everybody goes on working.

A read-only transaction fixes the moment. Before and right after it every uploaded file gets a second name (a hard
link), so that one removed meanwhile is still there; then pg_dump reads the database of that same moment. Uploaded
files are never rewritten, and are whole before a row names them.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from commanda.config import pg_programs
from commanda.config.archive import DUMP, KEY, Manifest, writing
from commanda.config.cli_errors import CliError
from commanda.config.embedded_process import is_alive
from commanda.config.paths import UPLOAD_FOLDERS, own_migrations

KEY_FILE = "secret-key"
STAGE_PREFIX = ".backup-"
TRIES = 5


@dataclass(frozen=True)
class FileColumn:
    """A column that names uploaded files, and the folder below the data directory where they lie."""

    table: str
    column: str
    folder: str
    # Rows of files that were removed stay, with the time in `removed_at`.
    is_removable: bool


def backup(
    *, url: str, data_dir: Path, target: Path, with_key: bool, named_files: list[FileColumn]
) -> tuple[Path, Manifest]:
    """Make an archive and return its path and manifest.

    `target` is a new file, or a directory that gets one named by the time. `named_files` are compared with the
    disk; what is not there is in the manifest. Raises CliError; no file is left behind then.
    """
    now = datetime.now(UTC)
    path = target / f"commanda-{now:%Y%m%d-%H%M%S}.zip" if target.is_dir() else target
    if path.exists():
        raise CliError(f"{path} exists already. Name a new file, or a directory.")
    if not path.parent.is_dir():
        raise CliError(f"There is no directory {path.parent}. Make it first.")
    key = data_dir / KEY_FILE
    if with_key and not key.is_file():
        raise CliError(f"There is no {key}: the key comes from the environment. Back up without --with-key.")
    with (
        staged_uploads(data_dir) as stage,
        whole_moment(url, data_dir, stage, named_files) as (connection, snapshot, missing),
    ):
        manifest = _describe(connection, now)
        manifest.missing = missing
        with writing(path.resolve(), manifest) as archive:
            archive.add(DUMP, lambda write: pg_programs.dump(url, snapshot=snapshot, write=write))
            for name in sorted(_files_below(stage)):
                archive.add_file(name, stage / name)
            if with_key:
                archive.add_file(KEY, key)
    return path, manifest


@contextmanager
def one_moment(url: str) -> Iterator[tuple[psycopg.Connection, str]]:
    """A connection that sees one moment, and the name under which others may see the same one."""
    try:
        connection = psycopg.connect(url, connect_timeout=10)
    except psycopg.Error as error:
        raise CliError(f"The database does not answer: {' '.join(str(error).split())}") from None
    with connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield connection, _value(connection, "SELECT pg_export_snapshot()")


@contextmanager
def whole_moment(
    url: str, data_dir: Path, stage: Path, named_files: list[FileColumn]
) -> Iterator[tuple[psycopg.Connection, str, list[str]]]:
    """A moment of which every file has its second name, and what is missing all the same: the disk has lost it.

    A file that came and went around the moment has none: then the next moment, some times.
    """
    for tries_left in reversed(range(TRIES)):
        with one_moment(url) as (connection, snapshot):
            if _value(connection, "SELECT to_regclass('django_migrations') IS NULL"):
                raise CliError("The database is empty: there is nothing to back up. `commanda up` makes it ready.")
            _name_again(data_dir, stage)
            missing = _missing(connection, named_files, stage)
            if missing and tries_left:
                continue
            yield connection, snapshot, missing
            return


@contextmanager
def staged_uploads(data_dir: Path) -> Iterator[Path]:
    """A directory with a second name for every uploaded file; gone afterwards."""
    for leftover in data_dir.glob(f"{STAGE_PREFIX}*"):
        if not _is_alive(leftover):
            shutil.rmtree(leftover, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{STAGE_PREFIX}{os.getpid()}-", dir=data_dir) as directory:
        stage = Path(directory)
        _name_again(data_dir, stage)
        yield stage


def _name_again(data_dir: Path, stage: Path) -> None:
    for folder in UPLOAD_FOLDERS:
        for name in _files_below(data_dir, folder):
            place = stage / name
            if not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                _link(data_dir / name, place)


def _is_alive(stage: Path) -> bool:
    number = stage.name.removeprefix(STAGE_PREFIX).partition("-")[0]
    return number.isdigit() and is_alive(int(number))


def _files_below(top: Path, folder: str = ".") -> Iterator[str]:
    """The names of all files below, relative to `top`."""
    for directory, _, names in os.walk(top / folder):
        for name in names:
            yield (Path(directory) / name).relative_to(top).as_posix()


def _link(path: Path, place: Path) -> None:
    """Name the file a second time, or copy it where the disk knows no links. One that has just gone is no loss."""
    try:
        os.link(path, place)
    except FileNotFoundError:
        return
    except OSError:
        shutil.copy2(path, place)


def _describe(connection: psycopg.Connection, now: datetime) -> Manifest:
    rooms = sorted({name.partition(".")[0] for name in own_migrations()})
    migrations = connection.execute(
        "SELECT app || '.' || name FROM django_migrations WHERE app = ANY(%s) ORDER BY 1", [rooms]
    ).fetchall()
    return Manifest(
        commanda=version("commanda"),
        made_at=f"{now:%Y-%m-%dT%H:%M:%SZ}",
        postgresql=str(connection.info.parameter_status("server_version")),
        database_bytes=_value(connection, "SELECT pg_database_size(current_database())"),
        migrations=[name for (name,) in migrations],
    )


def _value(connection: psycopg.Connection, query: LiteralString) -> Any:
    (row,) = connection.execute(query).fetchall()
    return row[0]


def _missing(connection: psycopg.Connection, columns: list[FileColumn], stage: Path) -> list[str]:
    """The files that rows of this moment name and the disk does not have."""
    missing = []
    for place in columns:
        query = sql.SQL("SELECT {column} FROM {table} WHERE {column} <> '' {removed}").format(
            column=sql.Identifier(place.column),
            table=sql.Identifier(place.table),
            removed=sql.SQL("AND removed_at IS NULL" if place.is_removable else ""),
        )
        names = [f"{place.folder}/{name}" for (name,) in connection.execute(query)]
        missing += [name for name in names if not (stage / name).is_file()]
    return sorted(missing)
