"""Two people at their browsers, behind the front: what a third program does is seen without reloading."""

import os
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from socket import SHUT_WR, create_connection, socket

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from commanda.config.front import Front
from commanda.kernel.actor import system_actor
from commanda.orders.services.assign import assign_orders
from scripts.look import CHROMIUM, CHROMIUM_ARGS, WATCH_CSP, Findings
from tests.config.running import free_port
from tests.events.serving import database_url
from tests.factories import make_order, make_user, make_variant
from tests.factories.people import PASSWORD

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("e2e")]
Open = Callable[..., Page]
CREATE = """
import sys, django
django.setup()
from commanda.catalog.models import Variant
from tests.factories import make_order
make_order(Variant.objects.get(pk=int(sys.argv[1])), customer_name="Nouvelle Cliente")
"""


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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Playwright runs an event loop in this thread; Django would refuse the database beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Open]:
    """Sign in, open a page and wait for its stream; at the end the browser must have had nothing to complain about."""
    contexts, findings = [], Findings()

    def opened(user, path: str = "/orders/") -> Page:
        context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
        contexts.append(context)
        context.add_init_script(WATCH_CSP)
        context.add_cookies([{"name": "django_language", "value": "en", "url": address}])
        page = context.new_page()
        findings.watch(page)
        page.goto(f"{address}/accounts/login/?next={path}")
        page.fill("input[name=login]", user.email)
        page.fill("input[name=password]", PASSWORD)
        page.locator("form.login-form button[type=submit]").first.click()
        page.wait_for_url(f"**{path}")
        listening(page)
        return page

    yield opened
    for context in contexts:
        context.close()
    # A test takes the network away; the browser says so.
    assert [row for row in findings.take() if "ERR_INTERNET_DISCONNECTED" not in row] == []


def listening(page: Page) -> None:
    page.wait_for_selector("html[data-stream=open]", state="attached")


def in_another_process(variant) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CREATE, str(variant.pk)],
        env={**os.environ, "DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "commanda.config.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_new_order_is_told_to_who_may_see_it_without_reloading(open_page):
    variant = make_variant(stock=9)
    agent = make_user("agent")
    make_order(variant, assignee_id=agent.pk)
    supervisors, agents = open_page(make_user("supervisor")), open_page(agent)
    for page in (supervisors, agents):
        page.evaluate("window.neverReloaded = true")

    in_another_process(variant)
    pill = supervisors.locator(".live-pill")
    expect(pill).to_contain_text("1 new order", timeout=15_000)
    time.sleep(1)
    expect(agents.locator(".live-pill")).to_have_count(0)
    pill.click()
    expect(supervisors.locator("#orders")).to_contain_text("Nouvelle Cliente")
    expect(pill).to_have_count(0)

    order = make_order(variant, customer_name="Pour Amal")
    assign_orders(actor=system_actor("test"), order_ids=[order.pk], agent_id=agent.pk)
    expect(agents.locator(".live-pill")).to_contain_text("1 new order", timeout=15_000)
    assert all(page.evaluate("window.neverReloaded") for page in (supervisors, agents))


def test_part_waits_while_somebody_works_in_it(open_page):
    variant = make_variant(stock=9)
    page = open_page(make_user("supervisor"), "/")
    page.evaluate("""() => {
        const part = document.querySelector("[data-live]");
        part.dataset.liveSeconds = "0.1";
        const field = document.createElement("input");
        field.id = "typed";
        part.append(field);
        field.focus();
    }""")
    page.keyboard.type("half a wo")
    make_order(variant)
    time.sleep(2)
    assert page.input_value("#typed") == "half a wo"
    page.evaluate("document.activeElement.blur()")
    expect(page.locator("#typed")).to_have_count(0, timeout=15_000)  # fetched anew


def test_page_says_so_when_the_stream_is_lost_and_looks_again_when_it_is_back(open_page, browser):
    variant = make_variant(stock=9)
    page = open_page(make_user("supervisor"))
    make_order(variant)
    expect(page.locator(".live-pill")).to_contain_text("1 new order")
    page.context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('pagehide'))")  # Chromium keeps open connections when it goes offline
    page.evaluate("dispatchEvent(new Event('pageshow'))")
    state = page.locator("[data-live-state]")
    expect(state).to_be_visible(timeout=15_000)
    make_order(variant)
    page.context.set_offline(False)
    expect(page.locator(".live-pill")).to_contain_text("2 new orders", timeout=15_000)
    expect(state).to_be_hidden()
