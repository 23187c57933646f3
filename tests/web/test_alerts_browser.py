"""The bell in Chromium: it opens its panel beside the page, mutes from there, and counts again without a reload."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from commanda.alerts.kinds import Finding
from commanda.alerts.models import AlertMute
from tests.alerts.helpers import make_rule, settled
from tests.browsing import look_over
from tests.factories import make_user, make_variant

pytestmark = pytest.mark.django_db(transaction=True)


def finding(key, name):
    product = make_variant(name=name).product_id
    return Finding(key, Decimal(2), Decimal(10), things={"product": product}, extra={"variants": "1"})


@pytest.fixture
def rung():
    """A rule with two alerts, and who is told of them."""
    rule, user = make_rule("low_stock"), make_user("admin")
    findings = [finding("1", "Montre Essai"), finding("2", "Lampe Essai")]
    settled(rule, *findings)
    return rule, user, findings


@pytest.mark.parametrize(("language", "width"), [("fr", 1440), ("ar", 390)])
def test_bell_opens_its_panel_beside_the_page(windows, rung, language, width):
    _rule, user, _findings = rung
    page = windows.open("/", user, language=language, width=width)
    expect(page.locator(".bell-number")).to_have_text("2")
    page.click("#bell")
    expect(page.locator("#drawer.show")).to_contain_text("Montre Essai")
    look_over(page)


def test_alert_is_muted_in_the_drawer_and_the_bell_counts_one_less(windows, rung):
    _rule, user, _findings = rung
    page = windows.open("/alerts/", user, language="en")
    page.locator(".alert-item", has_text="Lampe Essai").get_by_role("link", name="Mute").click()
    drawer = page.locator("#drawer.show")
    expect(drawer).to_contain_text("Lampe Essai")
    drawer.get_by_label("For good").check()
    drawer.get_by_role("button", name="Mute").click()
    expect(page.locator(".bell-number")).to_have_text("1")
    expect(page.locator(".alerts")).not_to_contain_text("Lampe Essai")
    assert AlertMute.objects.get().until_at is None


def test_bell_and_list_are_fetched_again_when_a_hint_comes(windows, rung):
    rule, user, findings = rung
    page = windows.open("/alerts/", user, language="en")
    expect(page.locator(".bell-number")).to_have_text("2")
    settled(rule, *findings, finding("3", "Sac Essai"))
    page.evaluate("document.querySelectorAll('[data-live~=bell]').forEach((part) => htmx.trigger(part, 'live'))")
    expect(page.locator(".bell-number")).to_have_text("3")
    expect(page.locator(".alerts")).to_contain_text("Sac Essai")
    page.click("#bell")
    expect(page.locator("#drawer.show")).to_contain_text("Sac Essai")
