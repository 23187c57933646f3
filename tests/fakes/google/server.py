"""Runs the fake on loopback, in a thread of the calling process; other processes reach it there, too."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from tests.fakes.google.app import make_app
from tests.fakes.google.state import FakeGoogle


@contextmanager
def running(google: FakeGoogle | None = None, *, port: int = 0) -> Iterator[FakeGoogle]:
    """A running fake; `base` is its address (`port` 0: a free one). Ends with the block."""
    google = google or FakeGoogle()
    config = uvicorn.Config(make_app(google), host="127.0.0.1", port=port, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        if time.monotonic() > deadline or not thread.is_alive():
            raise RuntimeError("the fake Google did not start")
        time.sleep(0.01)
    google.base = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield google
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(timeout=10)
