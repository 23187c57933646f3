"""Entering orders in Chromium: from a pasted message by keys alone, and on a phone in Arabic."""

import time

import pytest
from playwright.sync_api import Page, expect

from commanda.orders.models import EntryDraft, Order
from tests.browsing import look_over
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db(transaction=True)
MESSAGE = "salam bghit 2 lampe atlas, Ahmed Alami, casa hay mohammadi rue 5 n 12, 0612345678"
# What a person types: the keys of this entry with half a second for each stay far below thirty seconds.
MOST_KEYS = 20


@pytest.fixture
def agent():
    return make_user("agent", name="Amal Exemple")


@pytest.fixture
def open_page(windows, agent):
    windows.allowed = ("422",)

    def opened(language="fr", width=1440):
        page = windows.open("/orders/new/", agent, language=language, width=width)
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        return page

    return opened


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
    look_over(page)
    save = page.locator("[data-entry-save]")
    assert save.bounding_box()["y"] > 500  # within the thumb's reach, above the tabs
    save.click()
    page.wait_for_url("**/orders/new/?made=*")
    assert Order.objects.get().total_amount == 358
