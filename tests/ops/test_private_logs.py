"""No phone, name, address or token in the log, whatever goes wrong; and that the looking would find one."""

import io
import json
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from django_structlog.middlewares import RequestMiddleware

from commanda.config import request_log
from commanda.config.logs import configure_logs, told
from commanda.config.urls import urlpatterns as every_address
from commanda.customers.models import Customer
from tests.events.serving import database_url
from tests.factories import make_user
from tests.ops.processes import WAIT_SECONDS, Program, Web

PHONE = "0661234987"
WRITTEN_PHONE = "+212 661-23-49-87"
NAME = "Zoulikha Benkirane"
STREET = "17 rue Sidi Belyout"
TOKEN = "cmd_7Hq2Zk9Xw4Lp1Rt8Vb3N"
MAIL = "zoulikha@example.ma"
PRIVATE = [PHONE, "661234987", "661-23-49-87", "Zoulikha", "Benkirane", "Belyout", TOKEN, MAIL]


def found_in(text: str) -> list[str]:
    """What of it stands there, plainly or as in an address."""
    return [word for word in PRIVATE if word in text or quote(word) in text or word.lower() in text.lower()]


def fail(request: HttpRequest, token: str) -> HttpResponse:
    """The database refuses a row and says which; the error in our own code quotes another."""
    try:
        with transaction.atomic():
            for _ in range(2):
                Customer.objects.create(name=NAME, phone_e164=request.GET["phone"], address=STREET)
    except IntegrityError as error:
        raise ValueError(f"{NAME}, {STREET}: {WRITTEN_PHONE}") from error
    return HttpResponse()


urlpatterns = [path("fail/<str:token>/", fail), *every_address]


@pytest.fixture
def log() -> Iterator[Callable[..., io.StringIO]]:
    """Writes everything as the program does, into a text."""
    handlers: list[logging.Handler] = []

    def begin(*, debug: bool = False) -> io.StringIO:
        text = io.StringIO()
        given = configure_logs(debug=debug)["formatters"]["structlog"]
        handler = logging.StreamHandler(text)
        handler.setFormatter(given.pop("()")(**given))
        handlers.append(handler)
        logging.getLogger().addHandler(handler)
        return text

    yield begin
    for handler in handlers:
        logging.getLogger().removeHandler(handler)
    configure_logs(debug=False)


@pytest.mark.urls(__name__)
@pytest.mark.django_db
def test_a_failing_request_tells_its_place_and_the_rule_but_no_person(log: Callable[..., io.StringIO]) -> None:
    text, client = log(), Client(raise_request_exception=False)
    assert client.get(f"/fail/{TOKEN}/?phone={PHONE}&name={quote(NAME)}").status_code == 500
    assert found_in(text.getvalue()) == []
    (line,) = [found for found in map(json.loads, text.getvalue().splitlines()) if found["event"] == "request_failed"]
    assert line["request"] == "GET /fail/<str:token>/"
    assert "in fail" in line["exception"]
    assert "sqlstate=23505" in line["exception"]
    assert "table_name=customers_customer" in line["exception"]
    assert line["exception"].endswith("ValueError")


@pytest.mark.urls(__name__)
@pytest.mark.django_db
def test_the_same_failure_tells_everything_in_debug_mode(log: Callable[..., io.StringIO]) -> None:
    text, client = log(debug=True), Client(raise_request_exception=False)
    client.get(f"/fail/{TOKEN}/?phone={PHONE}")
    assert {"Zoulikha", "Belyout", "661-23-49-87"} <= set(found_in(text.getvalue()))


@pytest.mark.django_db
def test_a_refused_address_is_named_by_its_pattern(
    log: Callable[..., io.StringIO], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = log()
    with monkeypatch.context() as patched:
        # As the library does it: what this test looks for is there.
        patched.setattr(request_log.RequestLog, "format_request", staticmethod(RequestMiddleware.format_request))
        client.get(f"/nowhere/?phone={PHONE}")
        assert PHONE in found_in(text.getvalue())
    text.truncate(0)
    client.get(f"/nowhere/{quote(NAME)}/?phone={PHONE}")
    assert found_in(text.getvalue()) == []
    assert '"code": 404' in text.getvalue()


def test_a_librarys_line_keeps_its_template_only(log: Callable[..., io.StringIO]) -> None:
    text = log()
    logging.getLogger("django.request").error("Not Found: %s", f"/clients/{PHONE}/")
    job = f"Job send[17](name='{NAME}', to='{MAIL}') ended with status: Error"
    logging.getLogger("procrastinate.worker").error(job)
    refusal = f"Refused {MAIL}, {WRITTEN_PHONE} with {TOKEN}"
    logging.getLogger("other").error(refusal)
    assert found_in(text.getvalue()) == []
    events = [json.loads(line)["event"] for line in text.getvalue().splitlines()]
    assert events == ["Not Found: %s", "Job send[17]… ended with status: Error", "Refused …, … with …"]


def test_told_follows_causes_and_groups() -> None:
    try:
        try:
            raise KeyError(NAME)
        except KeyError:
            raise ExceptionGroup(STREET, [ValueError(PHONE), RuntimeError(MAIL)]) from None
    except ExceptionGroup as error:
        text = told(error)
    assert found_in(text) == []
    assert text.endswith("ExceptionGroup (ValueError, RuntimeError)")
    assert "KeyError" not in text


@pytest.mark.django_db(transaction=True)
def test_a_real_web_server_and_worker_log_nothing_of_a_person(tmp_path: Path) -> None:
    make_user("admin", email=MAIL)
    asked = urlencode({"phone": PHONE, "q": NAME, "address": STREET, "token": TOKEN})
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    web = Web(tmp_path / "web", database_url(), workers=1)
    worker = Program(tmp_path / "worker", database_url(), "worker")
    try:
        answers = [
            web.get(f"/nowhere/{PHONE}/?{asked}"),
            web.get(f"/api/v1/orders?{asked}", Authorization=f"Bearer {TOKEN}"),
            web.get(f"/orders/?{asked}", Host=f"{TOKEN}.example.ma"),
            web.request("POST", f"/accounts/login/?{asked}", f"login={MAIL}&password={TOKEN}", **form),
            web.request("POST", f"/hooks/{TOKEN}?{asked}", json.dumps({"phone": PHONE, "name": NAME})),
            web.request("PUT", f"/api/v1/orders?{asked}", "{", Authorization=f"Bearer {TOKEN}"),
        ]
        with transaction.atomic(), connection.cursor() as cursor:
            arguments = json.dumps({"phone": PHONE, "name": NAME, "address": STREET})
            cursor.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('default', 'nobody.knows', %s)",
                [arguments],
            )
        deadline = time.monotonic() + WAIT_SECONDS
        while "Task was not found" not in worker.log.read_text():
            assert time.monotonic() < deadline, worker.log.read_text()
            time.sleep(0.2)
    finally:
        web.end()
        worker.end()
    assert all(400 <= status < 500 for status, _text in answers), [status for status, _text in answers]
    text = web.log.read_text()
    assert text.count("request_finished") >= 4, text
    assert found_in(text) == []
    assert found_in(worker.log.read_text()) == []
