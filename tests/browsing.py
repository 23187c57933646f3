"""Chromium in tests: windows in which somebody is signed in, and what the browser complains about in them."""

from playwright.sync_api import Browser, BrowserContext, Page

from commanda.accounts.models import User
from scripts.look import AXE, AXE_RUN, OVERFLOW, WATCH_CSP, Findings
from tests.factories.people import PASSWORD


class Windows:
    """The windows of one test; `close` fails when the browser complained about anything but what is `allowed`."""

    def __init__(self, browser: Browser, base: str):
        self.browser, self.base = browser, base
        self.findings = Findings()
        self.allowed: tuple[str, ...] = ()
        self._contexts: list[BrowserContext] = []

    def open(self, path: str, user: User, *, language: str = "fr", width: int = 1440, script: str = "") -> Page:
        """Sign in and open a page, ready to be used; `script` runs before those of each page."""
        height = 900 if width > 600 else 844
        context = self.browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
        self._contexts.append(context)
        context.add_init_script(WATCH_CSP)
        context.add_init_script(script)
        context.add_cookies([{"name": "django_language", "value": language, "url": self.base}])
        page = context.new_page()
        self.findings.watch(page)
        page.goto(f"{self.base}/accounts/login/?next={path}")
        page.fill("input[name=login]", user.email)
        page.fill("input[name=password]", PASSWORD)
        page.locator("form.login-form button[type=submit]").first.click()
        page.wait_for_url(f"**{path}")
        page.wait_for_function("document.documentElement.dataset.ready")
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
