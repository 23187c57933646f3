"""Runs the fake on loopback, in a thread of the calling process; other processes reach it there, too."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from tests.fakes.ads.app import make_app
from tests.fakes.ads.state import AdWorld


@contextmanager
def running(world: AdWorld | None = None, *, port: int = 0) -> Iterator[AdWorld]:
    """A running fake; `base` is its address (`port` 0: a free one). Ends with the block."""
    world = world or AdWorld()
    config = uvicorn.Config(make_app(world), host="127.0.0.1", port=port, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        if time.monotonic() > deadline or not thread.is_alive():
            raise RuntimeError("the fake of the ad platforms did not start")
        time.sleep(0.01)
    world.base = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield world
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(timeout=10)
