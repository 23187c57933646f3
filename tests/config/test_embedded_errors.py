"""What stands in the way of the embedded server ends in words that say what to do, or is overcome."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from commanda.config import embedded, embedded_cluster
from commanda.config.embedded import errors
from tests.config.conftest import AsPlainUser

START = """
import sys
from pathlib import Path
from commanda.config import embedded
try:
    embedded.start(Path(sys.argv[1])).release()
except embedded.errors.EmbeddedError as error:
    print(error.code, error)
"""


@pytest.fixture
def older_data(empty_dir: Path) -> Path:
    """A data directory of PostgreSQL 17, as far as anybody looks at it."""
    (empty_dir / "postgres").mkdir(parents=True)
    (empty_dir / "postgres" / "PG_VERSION").write_text("17\n")
    return empty_dir


def test_start_says_how_to_upgrade_when_the_data_are_of_another_major(older_data: Path) -> None:
    with pytest.raises(errors.WrongMajor, match=r"PostgreSQL 17.*brings PostgreSQL 18.*pg_dump") as caught:
        embedded.start(older_data)
    assert caught.value.code == "embedded.wrong_major"
    assert not embedded.is_running(older_data)


@pytest.mark.parametrize("missing", ["PG_VERSION", "global/pg_control", "postgresql.conf"])
def test_start_refuses_when_the_data_directory_is_incomplete(empty_dir: Path, missing: str) -> None:
    data = empty_dir / "postgres"
    for folder in ("global", "base", "pg_wal"):
        (data / folder).mkdir(parents=True)
    for name in {"PG_VERSION", "global/pg_control", "pg_hba.conf", "postgresql.conf"} - {missing}:
        (data / name).write_text("18\n")
    with pytest.raises(errors.Corrupt, match=f"{missing} is missing.*back-up"):
        embedded.start(empty_dir)


def test_start_says_corrupt_when_the_write_ahead_log_is_gone(data_dir: Path) -> None:
    shutil.rmtree(data_dir / "postgres" / "pg_wal")
    (data_dir / "postgres" / "pg_wal").mkdir(mode=0o700)
    with pytest.raises(errors.Corrupt, match="back-up"):
        embedded.start(data_dir)
    assert not embedded.is_running(data_dir)


def test_start_makes_it_whole_when_making_it_was_interrupted(empty_dir: Path) -> None:
    half = empty_dir / "postgres.new-4711"
    (half / "base").mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with embedded.start(empty_dir):
        assert not half.exists()


def test_start_overcomes_the_lock_when_its_number_belongs_to_another_program_now(data_dir: Path) -> None:
    lock = f"{os.getpid()}\n{data_dir / 'postgres'}\n1700000000\n5432\n{data_dir / 'run'}\n\n\nready   \n"
    (data_dir / "postgres" / "postmaster.pid").write_text(lock)
    assert not embedded.is_running(data_dir)
    with embedded.start(data_dir) as server:
        assert server.pid != os.getpid()


@pytest.mark.parametrize("content", ["", "no number\n"])
def test_start_overcomes_the_lock_when_it_is_cut_short(data_dir: Path, content: str) -> None:
    (data_dir / "postgres" / "postmaster.pid").write_text(content)
    with embedded.start(data_dir):
        assert embedded.is_running(data_dir)


def test_start_refuses_when_a_live_server_that_is_not_ours_has_the_data(data_dir: Path) -> None:
    with embedded.start(data_dir, settings={"cluster_name": "another"}) as other:
        (data_dir / "run" / ".s.PGSQL.5432").rename(data_dir / "run" / "elsewhere")
        with pytest.raises(errors.InUse, match=f"process {other.pid}"):
            embedded.start(data_dir)
        assert embedded.is_running(data_dir)


def test_start_says_how_much_room_is_needed_when_the_disk_is_nearly_full(
    empty_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=7 * 1024**2))
    with pytest.raises(errors.DiskFull, match=r"7 MB free, 150 MB needed.*COMMANDA_DATA_DIR"):
        embedded.start(empty_dir)


@pytest.fixture
def small_disk(empty_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A disk of 16 MB whose room is not measured beforehand.

    Where we may not mount one, initdb is replaced by a program that fails as the real one does there.
    """
    monkeypatch.setattr(embedded_cluster, "ROOM_TO_MAKE_MB", 0)
    empty_dir.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m,mode=755", "tmpfs", str(empty_dir)]
    mounted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    if not mounted:
        fails = ["sh", "-c", "echo 'initdb: error: write: No space left on device' >&2; exit 1"]
        monkeypatch.setattr(embedded_cluster, "command_as", lambda *line: fails)
    yield empty_dir
    if mounted:
        subprocess.run(["umount", str(empty_dir)], check=True)


def test_nothing_half_made_stays_when_the_disk_fills_up_on_the_way(small_disk: Path) -> None:
    with pytest.raises(errors.DiskFull, match="Free some space"):
        embedded.start(small_disk)
    assert [path.name for path in small_disk.iterdir() if path.is_dir()] == []
    assert "No space left on device" in (small_disk / "postgres.log").read_text()


def test_plain_user_is_told_whose_data_they_are_when_they_are_not_his(
    data_dir: Path, as_plain_user: AsPlainUser
) -> None:
    foreign = data_dir if os.geteuid() == 0 else Path("/usr/share")
    done = as_plain_user(START, str(foreign))
    assert done.stdout.startswith(f"embedded.foreign_owner {foreign} belongs to the user root"), done
    assert "COMMANDA_DATA_DIR" in done.stdout


def test_plain_user_is_told_when_he_may_not_write_in_his_directory(
    empty_dir: Path, plain_uid: int, as_plain_user: AsPlainUser
) -> None:
    empty_dir.mkdir(mode=0o500)
    os.chown(empty_dir, plain_uid, -1)
    done = as_plain_user(START, str(empty_dir))
    assert done.stdout.startswith(f"embedded.not_writable Cannot write in {empty_dir}"), done
    done = as_plain_user(START, str(empty_dir / "below"))
    assert done.stdout.startswith("embedded.not_writable"), done


def test_start_says_what_the_log_says_when_the_server_refuses_its_settings(data_dir: Path) -> None:
    with pytest.raises(errors.StartFailed, match=r"shared_buffers.*postgres\.log"):
        embedded.start(data_dir, settings={"shared_buffers": "a lot"})


def test_command_line_shows_one_line_when_the_database_cannot_start(older_data: Path) -> None:
    environment = {**os.environ, "COMMANDA_DATA_DIR": str(older_data), "DATABASE_URL": ""}
    for command in (["check-books"], ["manage", "check"], ["up", "--port", "8917"]):
        line = [sys.executable, "-m", "commanda.config.cli", *command]
        done = subprocess.run(line, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 2, done
        assert done.stderr.startswith("commanda: ")
        assert done.stderr.endswith("[embedded.wrong_major]\n")
        assert done.stderr.count("\n") == 1
