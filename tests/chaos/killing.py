"""Kills parts of a running `commanda up` with SIGKILL, at moments and in an order that the seed decides."""

import os
import random
import signal
import time
from contextlib import suppress
from dataclasses import dataclass

import psutil

from commanda.config.embedded_process import running_pid
from tests.config.running import child, processes_of

# Each as often as it stands here. "everything" is a power cut: the database, `commanda up` and all it has started.
TARGETS = ("worker", "worker", "web", "web process", "postgresql", "postgresql", "postgresql backend", "everything")
SHORT = ("worker", "web process", "postgresql")


@dataclass(frozen=True)
class Killed:
    """What was killed how many seconds after the load began; `pids` is empty when it was not there at that moment."""

    at: float
    target: str
    pids: tuple[int, ...]

    def __str__(self):
        what = ", ".join(map(str, self.pids)) or "was not running at that moment"
        return f"{self.at:6.1f} s  {self.target:<20} {what}"


def plan(seed, seconds, *, targets=TARGETS, pause=(4.0, 9.0)):
    """(seconds from the start, target) of every kill; the first ones kill each target once."""
    chance = random.Random(seed)
    first = list(dict.fromkeys(targets))
    chance.shuffle(first)
    moments, at = [], chance.uniform(2.0, 4.0)
    while at < seconds - 1:
        moments.append((at, first.pop() if first else chance.choice(targets)))
        at += chance.uniform(*pause)
    return moments


def kill(data_dir, target, up_pid, chance):
    """Kill now; the process numbers."""
    found = _found(data_dir, target, up_pid, chance)
    pids = []
    for pid in found:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            pids.append(pid)
    return tuple(pids)


def _found(data_dir, target, up_pid, chance):
    server = running_pid(data_dir / "postgres")
    if target == "everything":
        return [up_pid, *(process.pid for process in processes_of(data_dir) if process.pid != up_pid)]
    if target.startswith("postgresql"):
        if server is None:
            return []
        return [server] if target == "postgresql" else _one_of(server, chance, "commanda commanda")
    try:
        head = child(data_dir, "worker" if target == "worker" else "web").pid
    except (ValueError, psutil.Error):
        return []
    return _one_of(head, chance) if target == "web process" else [head]


def _one_of(head, chance, title=""):
    """One of a process' children, whose title holds the words."""
    with suppress(psutil.Error):
        children = [one.pid for one in psutil.Process(head).children() if title in " ".join(one.cmdline())]
        return [chance.choice(sorted(children))] if children else []
    return []


def wait_until(moment):
    time.sleep(max(0.0, moment - time.monotonic()))
