"""People with browsers: Chromium as somebody, complaining about what the browser complains about."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, sync_playwright

from commanda.accounts.models import User
from scripts.look import AXE, AXE_RUN, CHROMIUM, CHROMIUM_ARGS, OVERFLOW, WATCH_CSP, Findings
from tests.factories.people import PASSWORD


class Person:
    """Somebody at a browser."""

    def __init__(self, page: Page, base: str, findings: Findings):
        self.page = page
        self.base = base
        self.findings = findings
        self.axe = Path(AXE).read_text(encoding="utf-8")

    def open(self, name: str, *args: object) -> Page:
        """Go to a page by its URL name and look it over."""
        self.page.goto(self.base + reverse(name, args=args))
        return self.look_over()

    def look_over(self) -> Page:
        """The page is drawn: nothing to complain about, nothing too wide, axe content."""
        self.page.wait_for_function("document.documentElement.dataset.ready")
        self.page.wait_for_load_state("networkidle")
        assert self.findings.take() == []
        assert self.page.evaluate(OVERFLOW) is None, self.page.url
        self.page.evaluate(self.axe)
        assert self.page.evaluate(AXE_RUN) == [], self.page.url
        return self.page

    def text(self) -> str:
        return self.page.inner_text("body")


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
def sign_in(browser: Browser, live_server) -> Iterator[Callable[..., Person]]:
    """Sign in as a user, in a language, on a screen of some width."""
    contexts = []

    def signed_in(user: User, *, language: str = "fr", width: int = 1440) -> Person:
        height = 900 if width > 600 else 844
        context = browser.new_context(
            viewport={"width": width, "height": height}, reduced_motion="reduce", accept_downloads=True
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        context.add_init_script(WATCH_CSP)
        context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
        page, findings = context.new_page(), Findings()
        findings.watch(page)
        page.goto(f"{live_server.url}/accounts/login/")
        page.fill("input[name=login]", user.email)
        page.fill("input[name=password]", PASSWORD)
        page.locator("form.login-form button[type=submit]").first.click()
        page.wait_for_url(lambda url: "/login" not in url)
        return Person(page, live_server.url, findings)

    yield signed_in
    for context in contexts:
        context.close()
