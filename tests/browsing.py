"""Chromium in tests: windows in which somebody is signed in, and what the browser complains about in them."""

from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page

from commanda.accounts.models import User
from scripts.look import AXE, AXE_RUN, OVERFLOW, WATCH_CSP, Findings
from tests.factories.people import PASSWORD

IS_READY = "document.documentElement.dataset.ready"


class Windows:
    """The windows of one test; `close` fails when the browser complained about anything but what is `allowed`."""

    def __init__(self, browser: Browser, base: str):
        self.browser, self.base = browser, base
        self.findings = Findings()
        self.allowed: tuple[str, ...] = ()
        self._contexts: list[BrowserContext] = []

    def open(self, path: str, user: User, *, language: str = "fr", width: int = 1440, script: str = "") -> Page:
        """Open a page as somebody who has signed in, ready to be used; `script` runs before those of each page."""
        signed_in = Client()
        signed_in.force_login(user)
        session = {settings.SESSION_COOKIE_NAME: signed_in.session.session_key}
        page = self._page({"django_language": language, **session}, width, script)
        page.goto(f"{self.base}{path}")
        page.wait_for_function(IS_READY)
        return page

    def sign_in(self, path: str, user: User, *, language: str = "fr", width: int = 1440) -> Page:
        """Open a page by way of the form that asks who one is."""
        page = self._page({"django_language": language}, width)
        page.goto(f"{self.base}/accounts/login/?next={path}")
        page.fill("input[name=login]", user.email)
        page.fill("input[name=password]", PASSWORD)
        page.locator("form.login-form button[type=submit]").first.click()
        page.wait_for_url(f"**{path}")
        page.wait_for_function(IS_READY)
        return page

    def _page(self, cookies: dict[str, str], width: int, script: str = "") -> Page:
        height = 900 if width > 600 else 844
        context = self.browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
        self._contexts.append(context)
        context.add_init_script(WATCH_CSP)
        context.add_init_script(script)
        context.add_cookies([{"name": name, "value": value, "url": self.base} for name, value in cookies.items()])
        page = context.new_page()
        self.findings.watch(page)
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()
        assert [row for row in self.findings.take() if not any(word in row for word in self.allowed)] == []


def look_over(page: Page) -> None:
    """Nothing is wider than the screen, and axe is content."""
    assert page.evaluate(OVERFLOW) is None, page.url
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert page.evaluate(AXE_RUN) == [], page.url
