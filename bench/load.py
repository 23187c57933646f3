"""One measurement over HTTP: what the clients saw, and what it cost server and database."""

import json
import math
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psutil

from bench.house import House, Program

Request = tuple[str, str, str | None]
# With headers of its own: as somebody else than the other requests of the measurement.
RequestAs = tuple[str, str, str | None, dict[str, str]]

# What frames a transaction or proves that a kept connection lives is a round trip, but no statement of ours. The
# checks of deferred foreign keys at a commit are statements for pg_stat_statements, but nobody sends them.
STATEMENTS = """
SELECT COALESCE(sum(calls) FILTER (WHERE is_sent), 0),
       COALESCE(sum(calls) FILTER (WHERE is_sent AND NOT is_frame), 0),
       COALESCE(sum(total_exec_time), 0)
FROM (
    SELECT calls, total_exec_time, query !~ 'FOR KEY SHARE OF x$' AS is_sent,
           query ~* '^(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SELECT \\$1$|SET )' AS is_frame
    FROM pg_stat_statements
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND query !~ 'pg_stat_statements'
) AS statement
"""


@dataclass(frozen=True)
class Load:
    """Samples of one measurement; times in milliseconds, costs per request (warm-up counted in both)."""

    samples: list[tuple[float, float, int]]
    problems: list[str]
    statements: float
    round_trips: float
    sql_ms: float
    web_cpu_ms: float
    database_cpu_ms: float

    @property
    def ok(self) -> list[tuple[float, float, int]]:
        return [sample for sample in self.samples if sample[2] < 300]

    @property
    def rate(self) -> float:
        """Good answers a second, until the last good one."""
        return len(self.ok) / max(end for end, _duration, _status in self.ok) if self.ok else 0.0

    def percentile(self, part: float) -> float:
        """Nearest rank of the good answers' durations, in ms."""
        durations = sorted(duration for _end, duration, _status in self.ok)
        return durations[max(0, math.ceil(part * len(durations)) - 1)] * 1000 if durations else math.inf

    def count(self, status: int) -> int:
        return sum(found == status for _end, _duration, found in self.samples)

    def details(self) -> dict[str, float]:
        """The columns of the second table."""
        return {
            "requests": len(self.samples),
            "p50_ms": self.percentile(0.5),
            "p95_ms": self.percentile(0.95),
            "statements": self.statements,
            "round_trips": self.round_trips,
            "sql_ms": self.sql_ms,
            "web_cpu_ms": self.web_cpu_ms,
            "database_cpu_ms": self.database_cpu_ms,
        }


@dataclass(frozen=True)
class Site:
    """The running server, and the headers of the people and keys that may be used."""

    house: House
    web: Program
    port: int
    key: str
    cookies: dict[str, str]
    seconds: float
    clients: int

    def as_key(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}", "Connection": "keep-alive"}

    def as_role(self, role: str) -> dict[str, str]:
        return {"Cookie": f"sessionid={self.cookies[role]}", "Connection": "keep-alive"}

    def load(
        self,
        requests: Sequence[Request | RequestAs],
        headers: dict[str, str],
        *,
        clients: int | None = None,
        seconds: float | None = None,
        warm_up: int = 4,
        may_repeat: bool = False,
        expected: frozenset[int] = frozenset(),
    ) -> Load:
        """Send the requests (again and again with `may_repeat`) until the time is over.

        Raises RuntimeError for an answer of 300 or more that is not `expected`.
        """
        with self.house.connect() as connection:
            connection.execute("CHECKPOINT")
            connection.execute("SELECT pg_stat_statements_reset()")
            web_before, database_before = self._cpu()
            found = _drive(
                {
                    "port": self.port,
                    "headers": headers,
                    "clients": clients or self.clients,
                    "seconds": seconds or self.seconds,
                    "warm_up": warm_up,
                    "may_repeat": may_repeat,
                    "requests": requests,
                }
            )
            web_after, database_after = self._cpu()
            all_calls, statements, sql_ms = connection.execute(STATEMENTS).fetchone() or (0, 0, 0)
        samples = [(end, duration, status) for end, duration, status in found["samples"]]
        number = len(samples) + warm_up * (clients or self.clients)
        result = Load(
            samples=samples,
            problems=found["problems"],
            statements=float(statements) / number,
            round_trips=float(all_calls) / number,
            sql_ms=float(sql_ms) / number,
            web_cpu_ms=(web_after - web_before) * 1000 / number,
            database_cpu_ms=(database_after - database_before) * 1000 / number,
        )
        bad = {status for _end, _duration, status in samples if status >= 300} - expected
        if bad or not result.ok:
            raise RuntimeError(f"unexpected answers {sorted(bad)}: {result.problems}")
        return result

    def _cpu(self) -> tuple[float, float]:
        """CPU seconds used so far by the web server and by PostgreSQL (both with all their processes)."""
        return _cpu_of(self.web.process.pid), _cpu_of(self.house.server.pid)


def _cpu_of(pid: int) -> float:
    """CPU seconds of a process and all its children, those that have ended included."""
    head = psutil.Process(pid)
    times = head.cpu_times()
    total = float(times.user + times.system + times.children_user + times.children_system)
    for child in head.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            times = child.cpu_times()
            total += times.user + times.system
    return total


def _drive(order: dict[str, Any]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.driver"],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        check=False,
        timeout=order["seconds"] + 300,
    )
    if done.returncode != 0:
        raise RuntimeError(f"the clients failed: {done.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
