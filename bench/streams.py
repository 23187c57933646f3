"""Live updates: what open streams cost while nothing happens, and how long a commit takes to reach the browsers."""

import select
import socket
import statistics
import time
from collections.abc import Iterator

import psutil

from bench.house import HOST, Program, free_port
from bench.limits import Limits
from bench.load import Site
from bench.results import Figure

STREAMS = 300
IDLE_SECONDS = 25.0  # longer than the pause between two beats
CHANGES = 40
OPEN_SECONDS = 60.0


def streams(site: Site, limits: Limits) -> Iterator[Figure]:
    """Open the streams of `STREAMS` people, rest, then change orders; all as it runs in production."""
    port = free_port()
    program = Program(site.house, "events", "--port", str(port))
    open_streams: list[socket.socket] = []
    try:
        program.wait_healthy(port)
        sessions = _sessions(STREAMS)
        open_streams = [_open(port, session) for session in sessions]
        process = psutil.Process(program.process.pid)
        time.sleep(2)
        before, started = _cpu(process), time.monotonic()
        time.sleep(IDLE_SECONDS)
        share = (_cpu(process) - before) / (time.monotonic() - started)
        memory = process.memory_full_info()
        yield Figure(
            "streams_idle",
            f"{STREAMS} open streams at rest, CPU of one core",
            share * 100,
            "%",
            note=f"{memory.pss / 2**20:.0f} MiB",
            values={"share": share, "mib": memory.pss / 2**20},
        )
        delays = _delays(open_streams)
        p95 = sorted(delays)[round(0.95 * (len(delays) - 1))]
        yield Figure(
            "streams_delay",
            f"commit to hint at all of {STREAMS} streams, p95",
            p95 * 1000,
            "ms",
            note=f"median {statistics.median(delays) * 1000:.0f} ms",
            values={"p95_ms": p95 * 1000},
        )
    finally:
        for stream in open_streams:
            stream.close()
        program.end()


def _sessions(number: int) -> list[str]:
    """Sessions of as many supervisors as needed: each person has ten streams at most."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from commanda.accounts.models import Role, User

    role = Role.objects.get(slug="supervisor")
    sessions = []
    for index in range(-(-number // 10)):
        user, _made = User.objects.get_or_create(
            email=f"stream{index}@bench.example", defaults={"name": f"Stream {index}", "role": role, "password": "!"}
        )
        for _stream in range(10):
            store = SessionStore()
            store[SESSION_KEY] = str(user.pk)
            store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
            store[HASH_SESSION_KEY] = user.get_session_auth_hash()
            store.save()
            sessions.append(str(store.session_key))
    return sessions[:number]


def _open(port: int, session: str) -> socket.socket:
    """A stream whose answer has begun."""
    stream = socket.create_connection((HOST, port), timeout=OPEN_SECONDS)
    stream.sendall(f"GET /events HTTP/1.1\r\nHost: {HOST}\r\nCookie: sessionid={session}\r\n\r\n".encode())
    found = b""
    while b"retry:" not in found:
        part = stream.recv(4096)
        if not part:
            raise RuntimeError(f"the stream was refused: {found[:200]!r}")
        found += part
    return stream


def _delays(open_streams: list[socket.socket]) -> list[float]:
    """Seconds from the end of a transaction until each of the streams has its hint: the last one counts."""
    from commanda.kernel.actor import system_actor
    from commanda.orders.models import Order
    from commanda.orders.services.annotate import add_comment

    order = Order.objects.latest("pk")
    delays = []
    for number in range(CHANGES):
        time.sleep(0.7)  # streams hear at most one message in half a second
        _drain(open_streams)
        add_comment(actor=system_actor("bench"), order_id=order.pk, text=f"Bench {number}")
        started = time.perf_counter()
        waiting = set(open_streams)
        while waiting:
            ready, _, _ = select.select(list(waiting), [], [], 10)
            if not ready:
                raise RuntimeError(f"{len(waiting)} streams heard nothing")
            for stream in ready:
                if b"data: " in stream.recv(65536):
                    waiting.discard(stream)
        delays.append(time.perf_counter() - started)
    return delays


def _drain(open_streams: list[socket.socket]) -> None:
    while ready := select.select(open_streams, [], [], 0)[0]:
        for stream in ready:
            stream.recv(65536)


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
