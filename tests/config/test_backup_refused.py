"""Back-ups and restores that cannot be: what is said, and that nothing is left behind."""

import json
import os
import resource
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from psycopg import sql

from commanda.config import archive, backup, embedded, restore
from commanda.config.cli_errors import CliError
from tests.config.archives import files_of

BACK_UP = """
import sys
from pathlib import Path
from commanda.config.backup import backup
from commanda.config.cli_errors import CliError
url, data_dir, target = sys.argv[1:]
try:
    backup(url=url, data_dir=Path(data_dir), target=Path(target), with_key=False, named_files=[])
except CliError as error:
    print(error)
"""


@pytest.fixture(scope="module")
def small_url() -> Iterator[str]:
    """A database that is just enough to be backed up."""
    base, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    name = f"small_{os.getpid()}"
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        with psycopg.connect(f"{base}/{name}") as database:
            database.execute("CREATE TABLE django_migrations (app text, name text)")
            database.execute("INSERT INTO django_migrations VALUES ('orders', '0001_initial')")
            database.execute("CREATE TABLE note AS SELECT n, md5(n::text) AS text FROM generate_series(1, 20000) n")
        yield f"{base}/{name}"
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def small_dir(tmp_path: Path) -> Path:
    """A data directory with one upload and a key."""
    (tmp_path / "small" / "media").mkdir(parents=True)
    (tmp_path / "small" / "media" / "a.webp").write_bytes(os.urandom(2000))
    (tmp_path / "small" / "secret-key").write_text("k")
    return tmp_path / "small"


@pytest.fixture
def made(small_url: str, small_dir: Path, tmp_path: Path) -> Path:
    """A good archive."""
    target = tmp_path / "shop.zip"
    return backup.backup(url=small_url, data_dir=small_dir, target=target, with_key=True, named_files=[])[0]


def rewritten(path: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """The archive with other members; its own check sums are right."""
    other = path.with_name("other.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return other


def cut_short(path: Path) -> Path:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size * 2 // 3)
    return path


def bit_turned(path: Path) -> Path:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    return path


def dump_exchanged(path: Path) -> Path:
    return rewritten(path, lambda name, data: data[:-1] + b"x" if name == archive.DUMP else data)


def manifest_changed(path: Path, **values: Any) -> Path:
    return rewritten(
        path,
        lambda name, data: json.dumps({**json.loads(data), **values}).encode() if name == "manifest.json" else data,
    )


def led_astray(path: Path) -> Path:
    def change(name: str, data: bytes) -> bytes:
        return data.replace(b'"media/', b'"media/../../') if name == "manifest.json" else data

    return rewritten(path, change)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (cut_short, "is damaged"),
        (bit_turned, "is damaged"),
        (dump_exchanged, "database.dump is not what the manifest says"),
        (led_astray, "does not belong there"),
        (lambda path: manifest_changed(path, format=2, commanda="9.0"), "newer Commanda (9.0)"),
        (lambda path: manifest_changed(path, migrations=["orders.9999_later"]), "with orders.9999_later"),
        (lambda path: rewritten(path, lambda _, __: b"{}"), "no readable manifest.json"),
    ],
)
def test_nothing_is_written_when_the_archive_cannot_be_trusted(
    made: Path, empty_dir: Path, spoil: Callable[[Path], Path], words: str
) -> None:
    with pytest.raises(CliError) as refused:
        restore.restore(archive=spoil(made), data_dir=empty_dir, url=None)
    assert words in str(refused.value)
    assert not empty_dir.exists() or {path.name for path in empty_dir.iterdir()} == {"up.lock"}


def test_target_stays_as_it_is_when_it_is_not_empty(made: Path, data_dir: Path, empty_dir: Path) -> None:
    with pytest.raises(CliError, match="has a database already"):
        restore.restore(archive=made, data_dir=data_dir, url=None)
    shutil.rmtree(data_dir / "postgres")
    (data_dir / "media" / "products").mkdir(parents=True)
    (data_dir / "media" / "products" / "a.webp").write_bytes(b"a")
    with pytest.raises(CliError, match="media has files already"):
        restore.restore(archive=made, data_dir=data_dir, url=None)
    assert (data_dir / "media" / "products" / "a.webp").read_bytes() == b"a"


def test_restore_starts_over_when_a_former_one_was_killed(made: Path, empty_dir: Path) -> None:
    (empty_dir / "media").mkdir(parents=True)
    (empty_dir / "media" / "half").write_bytes(b"half")
    (empty_dir / restore.STAGE).mkdir()
    manifest = restore.restore(archive=made, data_dir=empty_dir, url=None)
    assert set(files_of(empty_dir)) == set(manifest.uploads)
    assert not (empty_dir / restore.STAGE).exists()
    assert not embedded.is_running(empty_dir)


def test_nothing_is_left_when_the_loading_fails_halfway(
    made: Path, empty_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = rewritten(made, lambda name, data: data[: len(data) // 2] if name == archive.DUMP else data)
    # As if the checks before had let it through: pg_restore itself must say so, and all goes back.
    monkeypatch.setattr(archive.ArchiveReader, "verify", lambda self: None)
    with pytest.raises(CliError, match=r"database\.dump|pg_restore has failed"):
        restore.restore(archive=broken, data_dir=empty_dir, url=None)
    assert files_of(empty_dir) == {}
    assert not (empty_dir / "postgres").exists()
    assert not (empty_dir / restore.STAGE).exists()


def test_message_tells_the_room_needed_when_the_disk_is_full(
    made: Path, small_dir: Path, small_url: str, empty_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A real refusal of the kernel: no file of this process may grow beyond 100 kB.
    child = subprocess.run(
        [sys.executable, "-c", BACK_UP, small_url, str(small_dir), str(made.with_name("full.zip"))],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )
    assert "has no room" in child.stdout, child.stderr
    assert {path.name for path in made.parent.iterdir()} == {"shop.zip", "small"}
    assert list(small_dir.glob(".backup-*")) == []

    monkeypatch.setattr(restore.shutil, "disk_usage", lambda _place: SimpleNamespace(free=5 * 1024**2))
    with pytest.raises(CliError, match=r"has no room \(5 MB free, \d+ MB needed\)"):
        restore.restore(archive=made, data_dir=empty_dir, url=None)


def test_back_up_refuses_when_it_would_overwrite_or_has_no_place(
    small_url: str, small_dir: Path, tmp_path: Path
) -> None:
    def make(target: Path, **options: Any) -> None:
        options = {"url": small_url, "data_dir": small_dir, "with_key": False, **options}
        backup.backup(target=target, named_files=[], **options)

    (tmp_path / "old.zip").touch()
    with pytest.raises(CliError, match="exists already"):
        make(tmp_path / "old.zip")
    with pytest.raises(CliError, match="There is no directory"):
        make(tmp_path / "none" / "new.zip")
    with pytest.raises(CliError, match="does not answer"):
        make(tmp_path / "new.zip", url="postgresql://shop@127.0.0.1:9/none")
    (small_dir / "secret-key").unlink()
    with pytest.raises(CliError, match="Back up without --with-key"):
        make(tmp_path / "new.zip", with_key=True)
    assert not (tmp_path / "new.zip").exists()


def test_key_of_the_target_stays_when_the_archive_has_another(made: Path, empty_dir: Path) -> None:
    empty_dir.mkdir()
    (empty_dir / "secret-key").write_text("other")
    with pytest.raises(CliError, match="another key than the one in the archive"):
        restore.restore(archive=made, data_dir=empty_dir, url=None)
    assert (empty_dir / "secret-key").read_text() == "other"
