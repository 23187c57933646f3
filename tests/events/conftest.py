import socketserver
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from socket import SHUT_WR, create_connection, socket
from typing import Any

import pytest
from playwright.sync_api import Page

from commanda.accounts.models import User
from commanda.config.front import Front
from tests.browsing import Windows
from tests.config.running import free_port
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


class ToLiveServer(socketserver.BaseRequestHandler):
    """Carries bytes from the front's socket to the port of the test's web server."""

    port = 0

    def handle(self) -> None:
        with create_connection(("127.0.0.1", self.port)) as behind:
            back = threading.Thread(target=carry, args=(behind, self.request), daemon=True)
            back.start()
            carry(self.request, behind)
            back.join()


def carry(source: socket, target: socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(SHUT_WR)
    except OSError:
        pass


@pytest.fixture
def address(live_server, serve, settings) -> Iterator[str]:
    """One address for pages and stream."""
    settings.EVENTS_URL = "/events"
    with tempfile.TemporaryDirectory(prefix="live-") as directory:
        sockets = Path(directory)
        handler = type("Handler", (ToLiveServer,), {"port": live_server.thread.port})
        web = socketserver.ThreadingUnixStreamServer(str(sockets / "web"), handler)
        web.daemon_threads = True
        threading.Thread(target=web.serve_forever, daemon=True).start()
        serve(path=sockets / "events")
        port = free_port()
        front = Front(host="127.0.0.1", port=port, web=sockets / "web", events=sockets / "events", header="X-Client")
        front.start()
        yield f"http://127.0.0.1:{port}"
        front.stop()
        web.shutdown()
        web.server_close()


@pytest.fixture
def open_page(windows: Windows) -> Callable[..., Page]:
    """Sign in, open a page and wait for its stream."""

    def opened(user: User, path: str = "/orders/") -> Page:
        page = windows.open(path, user, language="en")
        page.wait_for_selector("html[data-stream=open]", state="attached")
        return page

    return opened
