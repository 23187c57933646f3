"""The front between a client and two servers behind it."""

import http.client
import socket
import socketserver
import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from commanda.config.cli_errors import CliError
from commanda.config.client_address import with_client_address
from commanda.config.front import Front
from tests.config.running import free_port

HEADER = "X-Commanda-secret"


class Behind(BaseHTTPRequestHandler):
    """Answers with what it was asked; `/big` with megabytes, `/events` with a stream."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path.partition("?")[0] == "/events":
            self.send_response(200)
            self.send_header("Connection", "close")
            self.end_headers()
            for number in range(3):
                self.wfile.write(f"data: {number}\n\n".encode())
                self.wfile.flush()
                time.sleep(0.05)
            self.close_connection = True
            return
        self._answer(b"x" * 20_000_000 if self.path == "/big" else self._told().encode())

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length")
        if length is None:  # in chunks
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(length))
        self._answer(f"{self._told()} {len(body)}".encode())

    def _told(self) -> str:
        return f"{self.server.name} {self.path} {self.headers.get(HEADER)} {self.headers.get('Connection')}"  # type: ignore[attr-defined]

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        return "unix"

    def log_message(self, *_arguments: object) -> None:
        pass


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        super().__init__(str(path), Behind)
        threading.Thread(target=self.serve_forever, daemon=True).start()


@pytest.fixture
def sockets() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="front-") as directory:
        yield Path(directory)


@pytest.fixture
def port(sockets: Path) -> Iterator[int]:
    behind = [Server(sockets / name, name) for name in ("web", "events")]
    front = make_front(sockets)
    front.start()
    yield front._where[1]
    front.stop()
    for server in behind:
        server.shutdown()
        server.server_close()


def make_front(sockets: Path, port: int | None = None) -> Front:
    return Front(
        host="127.0.0.1", port=port or free_port(), web=sockets / "web", events=sockets / "events", header=HEADER
    )


def connect(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=10)


def test_requests_of_one_connection_reach_the_web_server_with_the_clients_address(port: int) -> None:
    connection = connect(port)
    for path in ("/orders/", "/eventsful", "/?next=/events"):
        connection.request("GET", path)
        assert connection.getresponse().read().decode() == f"web {path} 127.0.0.1 None"
    connection.request("POST", "/upload", body=b"u" * 5_000_000)
    assert connection.getresponse().read().decode() == "web /upload 127.0.0.1 None 5000000"
    connection.request("GET", "/last")
    assert b"/last" in connection.getresponse().read()


def test_body_in_chunks_arrives_and_ends_the_connection(port: int) -> None:
    connection = connect(port)
    connection.request(
        "POST", "/up", body=iter([b"ab", b"cde"]), headers={"Connection": "keep-alive"}, encode_chunked=True
    )
    assert connection.getresponse().read().decode().endswith(" 5")


def test_stream_comes_from_the_events_also_on_a_used_connection(port: int) -> None:
    connection = connect(port)
    connection.request("GET", "/orders/")
    connection.getresponse().read()
    connection.request("GET", "/events")
    assert connection.getresponse().read() == b"data: 0\n\ndata: 1\n\ndata: 2\n\n"


def test_long_answer_is_whole_when_the_client_reads_slowly(port: int) -> None:
    connection = connect(port)
    connection.request("GET", "/big")
    answer = connection.getresponse()
    time.sleep(0.3)
    assert len(answer.read()) == 20_000_000


@pytest.mark.parametrize("sent", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 20_000])
def test_client_is_told_when_it_sends_no_request(port: int, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(sent)
        assert client.recv(1000).split(b" ")[1] in {b"400", b"431"}


def test_client_is_told_when_the_server_behind_is_not_there(sockets: Path) -> None:
    front = make_front(sockets)
    front.start()
    try:
        connection = connect(front._where[1])
        connection.request("GET", "/events")
        assert connection.getresponse().status == 503
    finally:
        front.stop()


def test_port_is_named_when_somebody_else_has_it(sockets: Path) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        with pytest.raises(CliError, match="is not free"):
            make_front(sockets, stranger.getsockname()[1]).start()


def test_address_is_the_fronts_whatever_a_client_claims() -> None:
    seen = {}
    application = with_client_address(lambda environ, _start: seen.update(environ) or [b""], HEADER)
    claimed = {"HTTP_X_FORWARDED_FOR": "6.6.6.6", "REMOTE_ADDR": "socket"}
    application({**claimed, "HTTP_X_COMMANDA_SECRET": "192.0.2.7"}, None)
    assert seen["REMOTE_ADDR"] == "192.0.2.7"
    assert "HTTP_X_COMMANDA_SECRET" not in seen
    application(dict(claimed), None)
    assert seen["REMOTE_ADDR"] == ""
