"""Which operating-system process serves a data directory, and whether it lives."""

import time
from dataclasses import dataclass
from pathlib import Path

import psutil

CLUSTER_NAME = "commanda"


@dataclass(frozen=True)
class PidFile:
    """What `postmaster.pid` says (PostgreSQL, src/include/utils/pidfile.h)."""

    pid: int
    socket_dir: str
    status: str


def read_pid_file(data: Path) -> PidFile | None:
    """The content of `postmaster.pid`, None when there is none or it is not (yet) whole."""
    try:
        lines = (data / "postmaster.pid").read_text(errors="replace").splitlines()
        pid = abs(int(lines[0]))
    except (OSError, ValueError, IndexError):
        return None
    lines += [""] * (8 - len(lines))
    return PidFile(pid=pid, socket_dir=lines[4].strip(), status=lines[7].strip())


def is_alive(pid: int) -> bool:
    """True while the process runs; a zombie (a container without an init leaves them) counts as dead."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def serves(pid: int, data: Path) -> bool:
    """True when `pid` is a live PostgreSQL started on `data`; a re-used process number is told apart."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE or not process.name().startswith("postgres"):
            return False
        if process.uids().effective != data.stat().st_uid:
            return False
        return _working_directory(process, data) == data
    except (psutil.NoSuchProcess, FileNotFoundError):
        return False


def is_ours(pid: int) -> bool:
    """True when the server was started by Commanda (it carries our cluster name)."""
    try:
        return f"cluster_name={CLUSTER_NAME}" in psutil.Process(pid).cmdline()
    except psutil.Error:
        return False


def _working_directory(process: psutil.Process, unreadable: Path) -> Path:
    """PostgreSQL works inside its data directory; where we may not look, believe it does (the safe side)."""
    try:
        return Path(process.cwd())
    except psutil.AccessDenied:
        return unreadable


def running_pid(data: Path) -> int | None:
    """The process number of the live server on `data`, None when there is none."""
    found = read_pid_file(data)
    return found.pid if found and serves(found.pid, data) else None


def orphaned_backends(data: Path) -> list[psutil.Process]:
    """Server processes still at work on `data` although their postmaster is gone."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.name().startswith("postgres") and process.cwd() == str(data):
                found.append(process)
        except psutil.Error:
            continue
    return found


def wait_gone(pid: int, seconds: float) -> bool:
    """Wait until the process has ended; False when it still lives after `seconds`."""
    deadline = time.monotonic() + seconds
    while is_alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
