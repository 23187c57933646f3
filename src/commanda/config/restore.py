"""`commanda restore`: a back-up into a new data directory or an empty database, all of it or nothing.

Everything is verified before anything is written. The directory `restoring` in the target stands for an
unfinished restore: the next one clears what that has left and starts over.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from commanda.config import embedded, pg_programs
from commanda.config.archive import DUMP, KEY, NO_ROOM, ArchiveReader, Manifest, no_room, reading
from commanda.config.backup import KEY_FILE
from commanda.config.cli_errors import CliError
from commanda.config.paths import UPLOAD_FOLDERS, own_migrations
from commanda.config.up_lock import UpLock

STAGE = "restoring"
_BLOCK = 1024 * 1024
_ELSEWHERE = "Restore into a new directory: COMMANDA_DATA_DIR=/new/place commanda restore ARCHIVE. Nothing was changed."
_TABLES_OF_OTHERS = """
SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')
"""


def restore(*, archive: Path, data_dir: Path, url: str | None) -> Manifest:
    """Load `archive` into `data_dir`, the database into its embedded server or, when given, into the empty `url`.

    Raises CliError when the archive is damaged or of a newer version, the target is not empty, or the disk is
    full; the target is as before then.
    """
    with reading(archive) as source:
        _check_version(source)
        embedded.make_writable(data_dir)
        lock = UpLock(data_dir, "restoring a back-up")
        try:
            _check_database(data_dir, url)
            _clear_unfinished(data_dir)
            _check_files(source, data_dir)
            _check_room(source, data_dir, is_embedded=url is None)
            source.verify()
            with _all_or_nothing(data_dir):
                for name in source.manifest.uploads:
                    _extract(source, name, data_dir / name)
                if url is not None:
                    _load(source, url)
                    _extract_key(source, data_dir)
                else:
                    _load_embedded(source, data_dir)
        finally:
            lock.release()
        return source.manifest


def _check_version(source: ArchiveReader) -> None:
    unknown = sorted(set(source.manifest.migrations) - own_migrations())
    if unknown:
        raise CliError(
            f"{source.path} was made by a newer Commanda ({source.manifest.commanda}, with {unknown[0]}). "
            "Install that version, or a later one, and restore with it; nothing was changed."
        )


def _check_database(data_dir: Path, url: str | None) -> None:
    if url is not None:
        _check_empty(url)
    elif (data_dir / "postgres").exists():
        raise CliError(f"{data_dir} has a database already. {_ELSEWHERE}")


def _check_files(source: ArchiveReader, data_dir: Path) -> None:
    used = next((folder for folder in UPLOAD_FOLDERS if _has_files(data_dir / folder)), None)
    if used:
        raise CliError(f"{data_dir / used} has files already. {_ELSEWHERE}")
    key = data_dir / KEY_FILE
    if source.manifest.has_key and key.exists():
        with source.member(KEY) as read:
            if read(_BLOCK) != key.read_bytes():
                raise CliError(f"{key} is another key than the one in the archive. Move one of the two away first.")


def _check_room(source: ArchiveReader, data_dir: Path, *, is_embedded: bool) -> None:
    needed = source.manifest.uploads_bytes + (source.manifest.database_bytes if is_embedded else 0)
    if shutil.disk_usage(data_dir).free < needed:
        raise no_room(data_dir, needed=needed)


def _has_files(folder: Path) -> bool:
    return any(names for _, _, names in os.walk(folder))


def _check_empty(url: str) -> None:
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            found = connection.execute(_TABLES_OF_OTHERS).fetchone()
    except psycopg.Error as error:
        raise CliError(f"The database of DATABASE_URL does not answer: {' '.join(str(error).split())}") from None
    if found is None or found[0]:
        raise CliError(
            "The database of DATABASE_URL is not empty. Make a new one (createdb) and name it; nothing was changed."
        )


@contextmanager
def _all_or_nothing(data_dir: Path) -> Iterator[None]:
    stage = data_dir / STAGE
    stage.mkdir(mode=0o700)
    _give_to_owner(stage)
    try:
        yield
    except BaseException:
        _clear_unfinished(data_dir)
        raise
    shutil.rmtree(stage)


def _clear_unfinished(data_dir: Path) -> None:
    """Remove what a restore that was cut off has written: it began with a target without any of that."""
    stage = data_dir / STAGE
    if not stage.exists():
        return
    if (stage / "postgres").is_dir():
        embedded.stop(stage)
    for folder in UPLOAD_FOLDERS:
        shutil.rmtree(data_dir / folder, ignore_errors=True)
    shutil.rmtree(stage)


def _give_to_owner(path: Path) -> None:
    """What root restores belongs to the owner of the directory it lies in, who runs Commanda there."""
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def _extract(source: ArchiveReader, name: str, path: Path, *, mode: int = 0o644) -> None:
    try:
        for folder in reversed([place for place in path.parents if not place.exists()]):
            folder.mkdir()
            _give_to_owner(folder)
        path.touch(mode=mode)
        with source.member(name) as read, path.open("wb") as file:
            while block := read(_BLOCK):
                file.write(block)
        _give_to_owner(path)
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        raise no_room(path.parent, needed=source.manifest.uploads_bytes) from None


def _extract_key(source: ArchiveReader, data_dir: Path) -> None:
    if source.manifest.has_key and not (data_dir / KEY_FILE).exists():
        _extract(source, KEY, data_dir / KEY_FILE, mode=0o600)


def _load_embedded(source: ArchiveReader, data_dir: Path) -> None:
    """Build the database beside, then give it its place in one step: it is whole or not there."""
    stage = data_dir / STAGE
    with embedded.start(stage) as server:
        _load(source, server.url)
    _extract_key(source, data_dir)
    (stage / "postgres").rename(data_dir / "postgres")


def _load(source: ArchiveReader, url: str) -> None:
    with source.member(DUMP) as read:
        pg_programs.restore(url, read=read)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")
