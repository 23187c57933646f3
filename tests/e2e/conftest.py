"""People with browsers: Chromium as somebody, complaining about what the browser complains about."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from commanda.accounts.models import User
from tests.browsing import Windows, look_over


class Person:
    """Somebody at a browser."""

    def __init__(self, page: Page, windows: Windows):
        self.page, self.windows = page, windows

    def open(self, name: str, *args: object) -> Page:
        """Go to a page by its URL name and look it over."""
        self.page.goto(self.windows.base + reverse(name, args=args))
        return self.look_over()

    def look_over(self) -> Page:
        """The page is drawn: nothing to complain about, nothing too wide, axe content."""
        self.page.wait_for_function("document.documentElement.dataset.ready")
        self.page.wait_for_load_state("networkidle")
        assert self.windows.findings.take() == []
        look_over(self.page)
        return self.page


@pytest.fixture
def sign_in(windows: Windows) -> Callable[..., Person]:
    """Sign in as a user, in a language, on a screen of some width."""

    def signed_in(user: User, *, language: str = "fr", width: int = 1440) -> Person:
        return Person(windows.sign_in("/", user, language=language, width=width), windows)

    return signed_in
