"""Where the socket of the embedded server lives, and the URL that leads there."""

import os
import stat
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

USER = "commanda"
DATABASE = "commanda"
SOCKET_NAME = ".s.PGSQL.5432"
# sizeof(sun_path) less the closing NUL: Linux 108, macOS and the BSDs 104.
LONGEST_PATH = 107 if sys.platform == "linux" else 103
REMEMBERED = "socket-dir"


def fits(directory: Path) -> bool:
    """True when a socket in `directory` has a name the kernel takes and libpq does not split at a comma."""
    path = os.fsencode(directory / SOCKET_NAME)
    return len(path) <= LONGEST_PATH and b"," not in path


def socket_dir(data_dir: Path) -> Path:
    """The socket directory of `data_dir`: its `run/`, or a private temporary one when that name is too long.

    The temporary one is remembered in `data_dir/socket-dir`; a remembered one that is gone or is no longer
    private (somebody else may have taken the name after a reboot) is replaced. Nothing is started.
    """
    direct = data_dir / "run"
    if fits(direct):
        return direct
    remembered = _remembered(data_dir)
    return remembered if remembered is not None else _remember_new(data_dir)


def default_url(data_dir: Path) -> str:
    """The DATABASE_URL of the embedded server of `data_dir`, whether it runs or not.

    Readable by libpq (psql, pg_dump) and by django-environ: the socket directory stands percent-encoded in
    the place of the host.
    """
    return url(socket_dir(data_dir), DATABASE)


def url(directory: Path, database: str) -> str:
    """A libpq URL for `database` behind the socket in `directory`."""
    return f"postgresql://{USER}@{quote(str(directory), safe='')}/{quote(database, safe='')}"


def is_private(directory: Path, owners: set[int]) -> bool:
    """True for a real directory (no link) of one of `owners` that nobody else may enter."""
    try:
        found = directory.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid in owners and not found.st_mode & 0o077


def _remembered(data_dir: Path) -> Path | None:
    try:
        directory = Path((data_dir / REMEMBERED).read_text().strip())
    except OSError:
        return None
    owners = {os.geteuid()}
    if os.geteuid() == 0:
        owners |= _owner_of_data(data_dir)
    return directory if directory.is_absolute() and is_private(directory, owners) else None


def _owner_of_data(data_dir: Path) -> set[int]:
    try:
        return {(data_dir / "postgres").stat().st_uid}
    except OSError:
        return set()


def _remember_new(data_dir: Path) -> Path:
    """Make a private directory and remember it; two processes doing so at once end with the same one."""
    data_dir.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="commanda-"))
    record = data_dir / REMEMBERED
    draft = data_dir / f"{REMEMBERED}.{os.getpid()}"
    draft.write_text(f"{directory}\n")
    draft.replace(record)
    return Path(record.read_text().strip())
