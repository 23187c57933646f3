"""The child processes of `commanda up`: one process group that ends with us, however we end.

A child learns of our end in one of two ways: we tell it (SIGTERM), or, when we were killed outright, its end
of a pipe is closed by the kernel and it ends itself (`end_with_parent`).
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import psutil

PIPE_VARIABLE = "COMMANDA_PARENT_PIPE"
MARK = "commanda.config.cli"
# A program that cannot work ends at its start; one that was killed has worked before.
EARLY_SECONDS, MOST_EARLY_ENDS = 10.0, 5


@dataclass
class Child:
    """A child process: its name for messages and how it was started."""

    name: str
    arguments: Sequence[str]
    process: subprocess.Popen[bytes]
    started_at: float = field(default_factory=time.monotonic)
    early_ends: int = 0

    def gives_up(self) -> bool:
        """Note that it has ended; True when it did so soon after its start too often in a row."""
        is_early = time.monotonic() - self.started_at < EARLY_SECONDS
        self.early_ends = self.early_ends + 1 if is_early else 0
        return self.early_ends >= MOST_EARLY_ENDS


class ProcessGroup:
    """Children in a process group of their own, so that Ctrl-C reaches us only and we end them in order."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._read, self._write = os.pipe()
        self._environment = {**environment, PIPE_VARIABLE: str(self._read)}
        self.children: list[Child] = []
        self.id: int | None = None

    def spawn(self, name: str, *arguments: str) -> Child:
        """Start `commanda ARGUMENTS` as a child."""
        child = Child(name, arguments, self._popen(arguments))
        self.children.append(child)
        return child

    def respawn(self, child: Child) -> None:
        """Start a child again that has ended; what it had started itself is killed first."""
        for process in self._orphans():
            with suppress(psutil.Error):
                process.kill()
        child.started_at = time.monotonic()
        child.process = self._popen(child.arguments)

    def _orphans(self) -> list[psutil.Process]:
        """Members of the group that descend from none of the live children."""
        family: set[int] = set()
        for child in self.children:
            if child.process.poll() is None:
                with suppress(psutil.Error):
                    head = psutil.Process(child.process.pid)
                    family |= {head.pid, *(one.pid for one in head.children(recursive=True))}
        found = []
        for pid in set(member_pids(self.id)) - family if self.id is not None else ():
            with suppress(psutil.Error):
                found.append(psutil.Process(pid))
        return found

    def _popen(self, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
        alive = self.id is not None and bool(member_pids(self.id))
        process = subprocess.Popen(
            [sys.executable, "-m", MARK, *arguments],
            stdin=subprocess.DEVNULL,
            env=dict(self._environment),
            pass_fds=[self._read],
            process_group=self.id if alive else 0,
        )
        if not alive:
            self.id = process.pid
        return process

    def ended(self) -> list[Child]:
        """The children that are no longer running."""
        return [child for child in self.children if child.process.poll() is not None]

    def end(self, seconds: float) -> None:
        """End all children: SIGTERM, and SIGKILL for the whole group after `seconds`."""
        for child in self.children:
            if child.process.poll() is None:
                child.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + seconds
        for child in self.children:
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.0, deadline - time.monotonic()))
        if self.id is not None:
            end_group(self.id, seconds=1.0)
        for child in self.children:
            child.process.wait()
        os.close(self._write)
        os.close(self._read)


def member_pids(group: int) -> list[int]:
    """The live processes of a process group (zombies do not count)."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except (OSError, psutil.Error):
            continue
    return found


def is_ours(group: int) -> bool:
    """True when a process of the group is a `commanda` child; a re-used number is told apart."""
    for pid in member_pids(group):
        with suppress(psutil.Error):
            if MARK in psutil.Process(pid).cmdline():
                return True
    return False


def end_group(group: int, *, seconds: float) -> None:
    """End what is left of a process group: SIGTERM, then SIGKILL after `seconds`."""
    deadline = time.monotonic() + seconds
    number = signal.SIGTERM
    while member_pids(group):
        if time.monotonic() > deadline:
            number = signal.SIGKILL
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)
        time.sleep(0.05)


def end_with_parent() -> None:
    """In a child of `commanda up`: end as on SIGTERM when the parent is gone."""
    descriptor = os.environ.pop(PIPE_VARIABLE, "")
    if not descriptor:
        return
    pipe = int(descriptor)
    os.set_inheritable(pipe, False)

    def watch() -> None:
        with suppress(OSError):
            os.read(pipe, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()
