"""The orders list in Chromium: chosen rows on a phone."""

import pytest
from playwright.sync_api import expect

from tests.browsing import look_over
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_actions_on_chosen_orders_leave_the_orders_in_sight_on_a_phone(windows, language):
    variant = make_variant(stock=9)
    for _number in range(4):
        make_order(variant)
    page = windows.open("/orders/", make_user("supervisor"), language=language, width=390)
    page.locator("input[data-bulk-row]").first.check()
    bar = page.locator("[data-bulk-bar]")
    expect(bar).to_be_visible()
    box = bar.bounding_box()
    # A sixth of the phone at most, above the tabs at its foot.
    assert box["height"] < 844 / 6
    assert box["y"] + box["height"] <= page.locator(".tabbar").bounding_box()["y"]
    look_over(page)
    page.locator("[data-bulk-clear]").click()
    expect(bar).to_be_hidden()
