"""One run: load, kills, rest, verdict."""

import json
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field

import psycopg

from commanda.config import embedded
from tests.chaos.killing import Killed, kill, wait_until
from tests.chaos.load import Load
from tests.config.running import READY_LINE, Up, environment

# It works for so long at least between two kills, counted from when it was up again after a power cut.
PAUSE_S = 3.0
PATIENCE_S = 60.0
REST_S = 240.0
# Whatever still has to be done: jobs that could be taken now, runs and deliveries under way.
UNDONE = """
SELECT (SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'
            OR status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now()))
     + (SELECT count(*) FROM intake_importrun WHERE status IN ('queued', 'running'))
     + (SELECT count(*) FROM intake_hookdelivery WHERE status = 'waiting')
"""


@dataclass
class Report:
    """What was done to it, and what came of it. `wrong` is empty when all is well."""

    seed: int
    seconds: float
    killed: list[Killed] = field(default_factory=list)
    counts: dict[str, tuple[int, int]] = field(default_factory=dict)
    statuses: dict[int, int] = field(default_factory=dict)
    troubles: dict[str, int] = field(default_factory=dict)
    rest_s: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def __str__(self):
        lines = [f"chaos: {self.seconds:.0f} s of load, seed {self.seed}", "", "killed (SIGKILL):"]
        lines += [f"  {each}" for each in self.killed]
        lines += ["", "acknowledged (and sent, but never answered):"]
        lines += [f"  {kind:<6} {sure:>7} ({doubtful})" for kind, (sure, doubtful) in self.counts.items()]
        lines += ["", f"answers: {self.statuses}", f"no answer: {self.troubles}"]
        lines += [f"all work done {self.rest_s:.0f} s after the load", ""]
        lines += [f"WRONG  {each}" for each in self.wrong] or ["All books balance; nothing was lost or done twice."]
        return "\n".join(lines)


def furnish(data_dir):
    """What the clients need to know of the running, new shop."""
    return json.loads(_child(data_dir, "tests.chaos.setting"))


def run(up, *, seconds, seed, moments, say=print):
    """Load the shop of a running `up` and kill its parts meanwhile; returns the report and the `up` that runs now."""
    shop = furnish(up.data_dir)
    report, chance = Report(seed, seconds), random.Random(seed)
    load = Load(up.port, shop, seed)
    load.start(seconds)
    began = ready = time.monotonic()
    for at, target in moments:
        wait_until(max(began + at, ready + PAUSE_S))
        if time.monotonic() > began + seconds:
            break
        killed = Killed(time.monotonic() - began, target, kill(up.data_dir, target, up.process.pid, chance))
        say(str(killed))
        report.killed.append(killed)
        ready = time.monotonic()
        if target == "everything":
            up.process.wait()
            up = Up(up.data_dir, up.port)
            up.wait_for(READY_LINE)
            ready = time.monotonic()
    wait_until(began + seconds)
    load.finish(PATIENCE_S)
    rested = time.monotonic()
    left = _rest(up.data_dir)
    report.rest_s = time.monotonic() - rested
    report.counts = load.journal.counts()
    report.statuses, report.troubles = dict(load.answers.statuses), dict(load.answers.troubles)
    report.wrong += [f"client: {each}" for each in load.errors]
    report.wrong += [f"answer: {each}" for each in load.answers.oddities]
    report.wrong += [f"{left} jobs, imports or deliveries were not done after {REST_S:.0f} s"] if left else []
    report.wrong += [f"no {kind} was acknowledged" for kind, (sure, _doubtful) in report.counts.items() if not sure]
    return report, load.journal, up


def judge(report, journal, data_dir):
    """Add to the report what the database says; whether `commanda up` runs or not."""
    content = {"acknowledged": journal.acknowledged, "doubtful": journal.doubtful}
    report.wrong += json.loads(_child(data_dir, "tests.chaos.verdict", json.dumps(content)))
    line = [sys.executable, "-m", "commanda.config.cli", "check-books", "--json"]
    done = subprocess.run(line, env=environment(data_dir), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        report.wrong.append(f"check-books: {done.stdout[-3000:]}{done.stderr[-3000:]}")


def _rest(data_dir):
    """Wait until all is done; what is left when it takes too long."""
    deadline = time.monotonic() + REST_S
    with psycopg.connect(embedded.default_url(data_dir), autocommit=True) as connection:
        while left := connection.execute(UNDONE).fetchone()[0]:
            if time.monotonic() > deadline:
                break
            time.sleep(0.25)
    return left


def _child(data_dir, module, given=""):
    variables = {
        **environment(data_dir),
        "DATABASE_URL": embedded.default_url(data_dir),
        "DJANGO_SETTINGS_MODULE": "commanda.config.settings",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    with embedded.running(data_dir):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", module],
            env=variables,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout
