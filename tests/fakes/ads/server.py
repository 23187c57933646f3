"""Runs the fake on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.fakes.ads.app import make_app
from tests.fakes.ads.state import AdWorld
from tests.fakes.serving import serving


@contextmanager
def running(world: AdWorld | None = None, *, port: int = 0) -> Iterator[AdWorld]:
    """A running fake; `base` is its address (`port` 0: a free one). Ends with the block."""
    world = world or AdWorld()
    with serving(make_app(world), port=port) as world.base:
        yield world
