"""pg_dump and pg_restore on any database URL; what goes wrong ends in one line that says what to do."""

import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final, cast

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from commanda.config.cli_errors import CliError
from commanda.config.embedded_account import environment, program

PROGRAMS_VARIABLE: Final = "COMMANDA_PG_PROGRAMS"
_NO_ROOM: Final = ("no space left on device", "disk quota exceeded")
_OTHER_VERSION: Final = ("server version mismatch", "unsupported version", "transaction_timeout")
_BLOCK: Final = 1024 * 1024


def dump(url: str, *, snapshot: str, write: Callable[[bytes], object]) -> None:
    """Write the database as of `snapshot`, in pg_dump's custom format. Raises CliError, or what `write` raises."""
    options = ["--format=custom", "--compress=gzip:3", "--no-owner", "--no-privileges", "--lock-wait-timeout=60s"]
    line, variables = _command("pg_dump", url, [*options, f"--snapshot={snapshot}"])
    with tempfile.TemporaryFile() as complaints:
        with subprocess.Popen(
            line, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints
        ) as process:
            output = cast("IO[bytes]", process.stdout)
            try:
                while block := output.read(_BLOCK):
                    write(block)
            except BaseException:
                process.kill()
                raise
        _check("pg_dump", process.returncode, complaints)


def restore(url: str, *, read: Callable[[int], bytes]) -> None:
    """Load a dump into an empty database: all of it or nothing. Raises CliError, or what `read` raises."""
    options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    line, variables = _command("pg_restore", url, options)
    with tempfile.TemporaryFile() as complaints:
        with subprocess.Popen(
            line, env=variables, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=complaints
        ) as process:
            pipe = cast("IO[bytes]", process.stdin)
            try:
                while block := read(_BLOCK):
                    pipe.write(block)
                pipe.close()
            except BrokenPipeError:
                process.wait()  # it has ended before the end of its input; its own words say why
            except BaseException:
                process.kill()
                raise
        _check("pg_restore", process.returncode, complaints)


def _command(name: str, url: str, options: list[str]) -> tuple[list[str], dict[str, str]]:
    """The command line and the environment; a password travels in the latter, where other users do not see it."""
    parts = conninfo_to_dict(url)
    password = parts.pop("password", None)
    variables = {**environment(), **({"PGPASSWORD": str(password)} if password else {})}
    if home := os.environ.get("HOME"):
        variables["HOME"] = home  # ~/.pgpass and the root certificate of libpq
    chosen = os.environ.get(PROGRAMS_VARIABLE)
    path = Path(chosen) / name if chosen else program(name)
    if not path.is_file():
        raise CliError(f"{path} is missing: {PROGRAMS_VARIABLE} must name the directory of pg_dump and pg_restore.")
    return [str(path), *options, f"--dbname={make_conninfo('', **parts)}"], variables


def _check(name: str, code: int, complaints: IO[bytes]) -> None:
    if code == 0:
        return
    complaints.seek(0)
    lines = [line.strip() for line in complaints.read().decode(errors="replace").splitlines() if line.strip()]
    # A statement that failed may hold a client's data: only the sentences about what failed are shown.
    told = next((line for line in lines if "error:" in line.lower()), f"exit code {code}")
    everything = " ".join(lines).lower()
    if any(words in everything for words in _NO_ROOM):
        raise CliError(f"The disk of the database is full ({told}). Free some space and start again.")
    if any(words in everything for words in _OTHER_VERSION):
        raise CliError(
            f"{told}. The programs are of another version than the server: install its own pg_dump and pg_restore "
            f"and name their directory in {PROGRAMS_VARIABLE}."
        )
    raise CliError(f"{name} has failed: {told}")
