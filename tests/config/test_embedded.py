"""The embedded PostgreSQL: started, shared, killed and found again."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from commanda.config import embedded
from commanda.config.embedded_cluster import MAJOR, memory_mb
from commanda.config.embedded_process import is_alive
from tests.config.conftest import AsPlainUser

HOLD = """
import sys
from pathlib import Path
from commanda.config import embedded
with embedded.start(Path(sys.argv[1])) as server:
    print(server.pid, flush=True)
    sys.stdin.read()
"""


def test_database_has_its_share_of_the_container_when_that_has_less_than_the_machine(tmp_path):
    machine, limit = psutil.virtual_memory().total // 2**20, tmp_path / "memory.max"
    assert memory_mb(limit) == machine
    for told, expected in (("max\n", machine), (f"{300 * 2**20}\n", 300), (f"{2**62}\n", machine)):
        limit.write_text(told)
        assert memory_mb(limit) == expected


def add_row(url: str, text: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (text text)")
        connection.execute("INSERT INTO note VALUES (%s)", [text])


def rows(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [text for (text,) in connection.execute("SELECT text FROM note ORDER BY text").fetchall()]


def setting(url: str, name: str) -> str:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    assert found is not None
    return str(found[0])


def wait_dead(pid: int) -> None:
    deadline = time.monotonic() + 60
    while is_alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_start_keeps_the_rows_when_stopped_and_started_again(empty_dir: Path) -> None:
    with embedded.start(empty_dir) as server:
        add_row(server.url, "premier")
    assert not embedded.is_running(empty_dir)
    with embedded.start(empty_dir) as server:
        assert not server.reused
        assert rows(server.url) == ["premier"]


def test_server_is_durable_and_listens_on_no_port_when_started(data_dir: Path) -> None:
    with embedded.start(data_dir) as server:
        assert setting(server.url, "server_version_num")[:2] == str(MAJOR)
        assert setting(server.url, "fsync") == "on"
        assert setting(server.url, "synchronous_commit") == "on"
        assert setting(server.url, "listen_addresses") == ""
        assert setting(server.url, "server_encoding") == "UTF8"
        family = [connection.family.name for connection in psutil.Process(server.pid).net_connections()]
    assert family == []


def test_search_sees_arabic_and_french_letters_when_indexed_by_trigrams(data_dir: Path) -> None:
    with embedded.start(data_dir) as server, psycopg.connect(server.url) as connection:
        for extension in ("pg_trgm", "unaccent", "btree_gist", "pg_stat_statements"):
            connection.execute(f"CREATE EXTENSION {extension}")
        trigrams = connection.execute("SELECT cardinality(show_trgm('قميص أحمر'))").fetchone()
        lower = connection.execute("SELECT lower('ÉTÉ À FÈS')").fetchone()
        queries = connection.execute("SELECT count(*) > 0 FROM pg_stat_statements").fetchone()
    assert trigrams == (10,)
    assert lower == ("été à fès",)
    assert queries == (True,)


def test_committed_rows_are_there_when_the_server_was_killed(data_dir: Path) -> None:
    with embedded.start(data_dir) as server:
        add_row(server.url, "committed")
        os.kill(server.pid, signal.SIGKILL)
        os.waitpid(server.pid, 0)
        with embedded.start(data_dir) as again:
            assert not again.reused
            assert rows(again.url) == ["committed"]


def test_server_is_found_again_when_its_program_was_killed(data_dir: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(data_dir)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    pid = int(holder.stdout.readline())
    holder.kill()
    holder.communicate()
    assert embedded.is_running(data_dir)
    with embedded.start(data_dir) as server:
        assert server.reused
        assert server.pid == pid
        assert setting(server.url, "fsync") == "on"
    wait_dead(pid)


def test_server_runs_on_until_the_last_of_two_programs_has_ended(data_dir: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(data_dir)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    pid = int(holder.stdout.readline())
    with embedded.start(data_dir) as server:
        assert server.pid == pid
    assert embedded.is_running(data_dir)
    add_row(embedded.default_url(data_dir), "still there")
    with embedded.start(data_dir) as server:
        holder.communicate(input="")
        assert rows(server.url) == ["still there"]
    wait_dead(pid)


def test_two_programs_get_one_server_when_they_start_at_once(empty_dir: Path) -> None:
    line = [sys.executable, "-c", HOLD, str(empty_dir)]
    holders = [subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    pids = {holder.stdout.readline() for holder in holders if holder.stdout is not None}
    for holder in holders:
        holder.communicate(input="")
    assert len(pids) == 1
    assert [holder.returncode for holder in holders] == [0, 0, 0]
    wait_dead(int(pids.pop()))


def test_server_is_started_anew_when_its_socket_was_swept_away(data_dir: Path) -> None:
    with embedded.start(data_dir) as first:
        (data_dir / "run" / ".s.PGSQL.5432").unlink()
        with embedded.start(data_dir) as second:
            assert second.pid != first.pid
            assert setting(second.url, "cluster_name") == "commanda"


def test_url_leads_to_the_server_when_the_path_has_odd_characters(empty_dir: Path) -> None:
    odd = empty_dir / "Été à 100 % @:"
    with embedded.start(odd) as server:
        assert setting(server.url, "unix_socket_directories") == str(odd / "run")
        embedded_psql = subprocess.run(
            [Path(psql()), server.url, "-Atc", "SELECT 1"], capture_output=True, text=True, check=True
        )
    assert embedded_psql.stdout == "1\n"


def psql() -> str:
    from commanda.config.embedded_account import program

    return str(program("psql"))


def test_url_is_stable_and_private_when_the_path_is_too_long_for_a_socket(empty_dir: Path) -> None:
    deep = empty_dir / ("x" * 60) / ("y" * 60)
    url = embedded.default_url(deep)
    assert url == embedded.default_url(deep)
    with embedded.start(deep) as server:
        assert server.url == url
        directory = Path(setting(url, "unix_socket_directories"))
        assert directory.stat().st_mode & 0o777 == 0o700
    assert embedded.default_url(deep) == url
    with embedded.start(deep) as server:
        assert server.url == url
    directory.chmod(0o755)
    assert embedded.default_url(deep) != url
    shutil.rmtree(directory)
    shutil.rmtree(Path((deep / "socket-dir").read_text().strip()))


@pytest.mark.parametrize("mode", [0o711, 0o700], ids=["open", "closed"])
def test_server_never_runs_as_root_when_the_directory_above_is(empty_dir: Path, mode: int) -> None:
    empty_dir.parent.chmod(mode)
    with embedded.start(empty_dir) as server:
        user = psutil.Process(server.pid).uids().effective
        assert user != 0
        assert (empty_dir / "postgres").stat().st_uid == user
        assert (empty_dir / "postgres").stat().st_mode & 0o777 == 0o700
        assert (empty_dir / "run").stat().st_mode & 0o777 == 0o700


def test_plain_user_starts_and_stops_it_when_the_directory_is_his(
    empty_dir: Path, as_plain_user: AsPlainUser, plain_uid: int
) -> None:
    empty_dir.mkdir()
    os.chown(empty_dir, plain_uid, -1)
    code = """
import sys, os, psycopg
from pathlib import Path
from commanda.config import embedded
with embedded.start(Path(sys.argv[1])) as server:
    with psycopg.connect(server.url) as connection:
        print(os.geteuid(), connection.execute("SELECT current_user").fetchone()[0])
print(embedded.is_running(Path(sys.argv[1])))
"""
    done = as_plain_user(code, str(empty_dir))
    assert done.stdout.split() == [str(plain_uid), "commanda", "False"], done.stderr
    assert (empty_dir / "postgres").stat().st_uid == plain_uid


def test_copied_data_are_taken_over_when_restored_from_a_back_up(data_dir: Path) -> None:
    with embedded.start(data_dir / "old") as server:
        add_row(server.url, "saved")
    (data_dir / "new").mkdir()
    shutil.copytree(data_dir / "old" / "postgres", data_dir / "new" / "postgres")
    with embedded.start(data_dir / "new") as server:
        assert rows(server.url) == ["saved"]


def test_no_customer_data_reach_the_log_when_a_statement_fails(data_dir: Path) -> None:
    with embedded.start(data_dir) as server, psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE phone (number text UNIQUE)")
        connection.execute("INSERT INTO phone VALUES ('0612345678')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO phone VALUES ('0612345678')")
    log = (data_dir / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "0612345678" not in log
