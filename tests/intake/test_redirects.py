"""A server that sends us on, into our own network: nobody there is called."""

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httplib2
import pytest

from commanda.ads.connectors.caller import Caller
from commanda.intake.readers.base import ReadProblem
from commanda.intake.readers.google_client import GoogleClient, ServiceAccount
from commanda.intake.readers.sheets_link import SheetsLinkReader
from tests.fakes.google.keys import make_key_file


@contextmanager
def serving(answer):
    """A server on loopback; `answer` says status, headers and body for a path. Gives its origin and the paths asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            status, headers, body = answer(self.path)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def home():
    """Something in our own network that answers whoever asks."""
    with serving(lambda _path: (200, {"Content-Type": "application/json"}, b'{"spreadsheetId": "secret"}')) as served:
        yield served


@pytest.fixture
def outside(home):
    """A server that gives tokens, and sends every other question on to `home`."""
    token = json.dumps({"access_token": "t", "expires_in": 3600, "token_type": "Bearer"}).encode()

    def answer(path):
        if path == "/token":
            return 200, {"Content-Type": "application/json"}, token
        return 302, {"Location": f"{home[0]}/inside"}, b""

    with serving(answer) as served:
        yield served


def account(origin, google):
    return ServiceAccount.from_key_file(make_key_file(google, token_uri=f"{origin}/token"), api_base=origin)


def read_sheet(origin, google):
    client = GoogleClient(account(origin, google), api_base=origin, sleep=lambda _seconds: None)
    return client.execute(client.spreadsheets.get(spreadsheetId="x"))


def test_reader_of_sheets_is_not_sent_on(outside, home, google_server):
    with pytest.raises(ReadProblem) as caught:
        read_sheet(outside[0], google_server)
    assert caught.value.code == "refused"
    assert any("/spreadsheets/x" in path for path in outside[1])
    assert home[1] == []


def test_reader_of_sheets_would_be_sent_on_without_its_guard(outside, home, google_server, monkeypatch):
    """What the test above finds absent is there when the guard is off."""
    monkeypatch.setattr(httplib2.Http, "follow_redirects", property(lambda _http: True, lambda _http, _on: None), False)
    assert read_sheet(outside[0], google_server) == {"spreadsheetId": "secret"}
    assert home[1] == ["/inside"]


def test_reader_of_links_is_not_sent_on(outside, home):
    reader = SheetsLinkReader(f"{outside[0]}/spreadsheets/d/1abcdefghijklmnopqrstuvwxyz/edit#gid=0", base=outside[0])
    with pytest.raises(ReadProblem) as caught:
        list(reader.rows())
    assert caught.value.code == "refused"
    assert outside[1]
    assert home[1] == []


def test_reader_of_ads_is_not_sent_on(outside, home):
    assert Caller(outside[0]).get("/v1/insights", {}, lambda _answer: None).status == 302
    assert home[1] == []
