"""Runs the fake on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.fakes.google.app import make_app
from tests.fakes.google.state import FakeGoogle
from tests.fakes.serving import serving


@contextmanager
def running(google: FakeGoogle | None = None, *, port: int = 0) -> Iterator[FakeGoogle]:
    """A running fake; `base` is its address (`port` 0: a free one). Ends with the block."""
    google = google or FakeGoogle()
    with serving(make_app(google), port=port) as google.base:
        yield google
