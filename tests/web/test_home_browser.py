"""The home page in Chromium, while much is being added to its figures."""

from datetime import timedelta

import pytest

from commanda.insights import kept
from commanda.insights.models import RowChange
from commanda.insights.services.keep import keep_sums
from commanda.kernel.clock import now
from tests.browsing import look_over
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("language", "width"), [("fr", 1440), ("ar", 390)])
def test_page_follows_by_itself_once_all_is_added(windows, monkeypatch, language, width):
    monkeypatch.setattr(kept, "is_far_behind", lambda: True)
    make_order(make_variant())
    RowChange.objects.update(at=now() - timedelta(minutes=1))
    page = windows.open("/", make_user("admin"), language=language, width=width)
    page.locator("#figures-of .badge").wait_for()
    look_over(page)
    before = page.locator(".board").inner_text()
    while keep_sums():
        pass
    page.locator("#figures-of .badge").wait_for(state="detached", timeout=15_000)
    assert page.locator(".board").inner_text() != before
    assert page.locator("#figures-of").count() == page.locator(".board").count() == 1
    assert page.locator("#figures-of[hx-trigger]").count() == 0
