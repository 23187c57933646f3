"""Entering orders in Chromium: from a pasted message by keys alone, and on a phone in Arabic."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from commanda.orders.models import EntryDraft, Order
from scripts.look import AXE, AXE_RUN, CHROMIUM, CHROMIUM_ARGS, OVERFLOW, WATCH_CSP, Findings
from tests.factories import make_order, make_user, make_variant
from tests.factories.people import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Page]
MESSAGE = "salam bghit 2 lampe atlas, Ahmed Alami, casa hay mohammadi rue 5 n 12, 0612345678"
# What a person types: the keys of this entry with half a second for each stay far below thirty seconds.
MOST_KEYS = 20


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
def agent():
    return make_user("agent", email="amal@example.com", name="Amal Exemple")


@pytest.fixture
def open_page(browser: Browser, live_server, agent) -> Iterator[Open]:
    """Sign in and open the entry; at the end the browser must have had nothing to complain about."""
    contexts, findings = [], Findings()

    def opened(language: str = "fr", width: int = 1440) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 844}, reduced_motion="reduce")
        contexts.append(context)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        context.set_default_timeout(20_000)
        context.add_init_script(WATCH_CSP)
        context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
        page = context.new_page()
        findings.watch(page)
        page.goto(f"{live_server.url}/accounts/login/?next=/orders/new/")
        page.fill("input[name=login]", "amal@example.com")
        page.fill("input[name=password]", PASSWORD)
        page.locator("form.login-form button[type=submit]").first.click()
        page.wait_for_url("**/orders/new/")
        page.wait_for_function("document.documentElement.dataset.ready")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [row for row in findings.take() if "422" not in row] == []


class Keys:
    """A keyboard that counts."""

    def __init__(self, page: Page):
        self.page, self.number = page, 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.number += 1

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.number += len(text)

    def tab_to(self, selector: str) -> None:
        """Tab on until the element has the focus."""
        for _step in range(30):
            if self.page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
            self.press("Tab")
        raise AssertionError(f"no way by Tab to {selector}")


def test_order_is_entered_from_a_message_by_few_keys(open_page, agent):
    make_variant(name="Lampe Atlas", price="179.00", stock=9)
    make_variant(name="Tapis Rif", price="99.00", stock=9)
    page = open_page()
    page.evaluate("text => navigator.clipboard.writeText(text)", MESSAGE)
    keys, began = Keys(page), time.monotonic()
    expect(page.locator("[name=message]")).to_be_focused()
    keys.press("Control+v")
    expect(page.locator("[name=phone_e164]")).to_have_value("06 12 34 56 78")
    expect(page.locator(".entry-line [data-line-label]")).to_have_text(["Lampe Atlas"])
    keys.press("Control+Enter")
    page.wait_for_url("**/orders/new/?made=*")
    taken = time.monotonic() - began
    order = Order.objects.get()
    assert (order.customer_name, order.phone_e164, order.city.slug) == ("Ahmed Alami", "+212612345678", "casablanca")
    assert (order.address, order.channel, order.assignee_id) == ("hay mohammadi rue 5 n 12", "whatsapp", agent.pk)
    assert [(line.label, line.quantity) for line in order.lines.all()] == [("Lampe Atlas", 2)]
    assert keys.number <= MOST_KEYS
    assert taken < 30
    expect(page.locator("[name=message]")).to_be_focused()


def test_order_is_entered_from_a_call_by_keys_alone(open_page, agent):
    lamp, rug = make_variant(name="Lampe Atlas", price="179.00"), make_variant(name="Tapis Rif", price="99.00")
    make_order(lamp, phone_e164="+212655001122", customer_name="Imane Essai", address="Rue 3", assignee_id=agent.pk)
    page = open_page()
    keys = Keys(page)
    keys.tab_to("[name=phone_e164]")
    keys.type("0655001122")
    # Known by phone: name and address come by themselves, and the open order is a warning.
    expect(page.locator("[name=customer_name]")).to_have_value("Imane Essai")
    expect(page.locator("#client-card .entry-warning")).to_be_visible()
    keys.tab_to("#product-search")
    keys.type("2 tapis")
    keys.press("Enter")
    expect(page.locator("[data-entry-total]")).to_contain_text("198,00")
    keys.press("+")
    keys.type("lampe")
    keys.press("Enter")
    expect(page.locator(".entry-line")).to_have_count(2)
    keys.press("Control+Enter")
    page.wait_for_url("**/orders/new/?made=*")
    order = Order.objects.latest("pk")
    assert {line.variant_id: line.quantity for line in order.lines.all()} == {rug.pk: 3, lamp.pk: 1}
    assert (order.channel, order.customer_name, order.possible_duplicate_of_id is not None) == (
        "call",
        "Imane Essai",
        True,
    )


def test_unfinished_entry_survives_closing_the_browser(open_page, agent):
    make_variant(name="Lampe Atlas")
    page = open_page()
    page.locator("[name=customer_name]").fill("Imane Essai")
    with page.expect_response("**/save/"):
        page.locator("[name=address]").fill("Rue 3")
    page.context.close()
    assert EntryDraft.objects.get().title == "Imane Essai"
    again = open_page()
    again.locator(".entry-drafts summary").click()
    again.locator(".entry-drafts a").click()
    expect(again.locator("[name=address]")).to_have_value("Rue 3")


def test_phone_in_arabic_fits_and_saves_with_one_thumb(open_page):
    make_variant(name="Lampe Atlas", price="179.00", stock=9)
    page = open_page("ar", 390)
    page.locator("[name=message]").fill("بغيت 2 lampe atlas، الدار البيضاء حي السلام رقم 7، ٠٦١٢٣٤٥٦٧٨")
    page.locator("[name=customer_name]").focus()
    expect(page.locator("[name=phone_e164]")).to_have_value("06 12 34 56 78")
    page.wait_for_load_state("networkidle")
    assert page.evaluate(OVERFLOW) is None
    page.evaluate(Path(AXE).read_text(encoding="utf-8"))
    assert page.evaluate(AXE_RUN) == []
    save = page.locator("[data-entry-save]")
    assert save.bounding_box()["y"] > 500  # within the thumb's reach, above the tabs
    save.click()
    page.wait_for_url("**/orders/new/?made=*")
    assert Order.objects.get().total_amount == 358
