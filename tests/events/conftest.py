from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.events.serving import Served


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """Start the server of live updates, with options; it ends before the database does."""
    started: list[Served] = []

    def begin(**options: Any) -> Served:
        started.append(Served(**options))
        return started[-1]

    yield begin
    for served in started:
        served.stop()
