"""An agent's hour by keys alone: every outcome, edits and upsells, undoing, a break; then the books are read."""

from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from commanda.audit.models import Event
from commanda.catalog.services.offers import OfferData, save_offer
from commanda.confirmation.models import Call, CallPolicy, Lease, QueueEntry
from commanda.insights.books import check_books
from commanda.kernel.actor import system_actor
from commanda.orders.models import Order
from commanda.stock.models import StockLevel
from tests.factories import make_order, make_user, make_variant

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("e2e")]
SYSTEM = system_actor("test")
# In the order in which they will be called: the freshest first.
CLIENTS = (
    "Absente", "Muette", "Occupée", "Pressée", "Refus", "Erreur", "Corrigée", "Gourmande", "Offre", "Hésitante",
    "Jumelle", "Écrite", "Dernière",
)  # fmt: skip


@pytest.fixture
def agent():
    CallPolicy.objects.update(
        opens_at="00:00", closes_at="23:59", friday_break_from="00:00", friday_break_until="00:00"
    )
    return make_user("agent")


@pytest.fixture
def goods():
    tea = make_variant(name="Théière", sku="TEA", price="199.00", stock=30)
    tray = make_variant(name="Plateau", sku="TRAY", price="80.00", stock=5)
    offer = OfferData(price_amount=Decimal(349), quantity=2, label_fr="2 pour 349 DH")
    save_offer(actor=SYSTEM, product_id=tea.product_id, data=offer)
    return tea, tray


@pytest.fixture
def orders(agent, goods):
    made = {
        name: make_order(goods[0], assignee_id=agent.pk, customer_name=name, city_text="Fès")
        for name in reversed(CLIENTS)
    }
    Order.objects.filter(pk=made["Corrigée"].pk).update(city=None, city_text="Nulle part", address="")
    return made


@pytest.fixture(autouse=True)
def patience():
    """Thirteen clients in a row: a busy machine may take its time over each."""
    expect.set_options(timeout=15_000)
    yield
    expect.set_options(timeout=5_000)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def comes(page: Page, name: str) -> None:
    """The client's order is there, and has the focus: what is typed now is for it."""
    expect(page.locator(".work-name")).to_have_text(name)
    expect(page.locator(".work-name")).to_be_focused()


def try_in_vain(page: Page) -> None:
    """Two who do not answer, one who is busy, one who asks to be called in an hour."""
    comes(page, "Absente")
    press(page, "2")
    comes(page, "Muette")
    press(page, "m")
    page.keyboard.type("Sonne 3 fois, puis répondeur")
    press(page, "Escape", "2")
    comes(page, "Occupée")
    press(page, "3")
    comes(page, "Pressée")
    press(page, "5")
    expect(page.locator(".work-ask[open] .btn").nth(1)).to_be_focused()
    press(page, "Enter")


def decide_without_sale(page: Page) -> None:
    """One refuses because of the price, one has another number."""
    comes(page, "Refus")
    press(page, "6")
    reasons = page.locator(".work-ask[open] .work-answers .btn")
    expect(reasons.first).to_be_focused()
    press(page, "Tab")
    expect(reasons.nth(1)).to_be_focused()
    press(page, "Enter")
    comes(page, "Erreur")
    press(page, "7")


def sell(page: Page) -> None:
    """One is confirmed once city and address are known, one takes something beside, one takes the offer."""
    comes(page, "Corrigée")
    press(page, "1")
    expect(page.locator("#id_city")).to_be_focused()
    press(page, "Control+a")
    page.keyboard.type("Marrakech")
    press(page, "Escape", "1")
    expect(page.locator("#id_address")).to_be_focused()
    page.keyboard.type("Derb des Exemples, maison 7")
    press(page, "Escape", "1")
    comes(page, "Gourmande")
    expect(page.locator(".work-add .ts-control")).to_be_visible()
    press(page, "u")
    page.keyboard.type("Plateau")
    expect(page.locator(".ts-dropdown .option.active")).to_contain_text("Plateau")
    press(page, "Enter")
    expect(page.locator(".work-line")).to_have_count(2)
    press(page, "1")
    comes(page, "Offre")
    press(page, "o")
    expect(page.locator("[data-total]")).to_contain_text("349,00")
    press(page, "1")


def change_the_mind(page: Page) -> None:
    """A wrong key is taken back; a duplicate and a message follow."""
    comes(page, "Hésitante")
    press(page, "7")
    comes(page, "Jumelle")
    press(page, "z")
    comes(page, "Hésitante")
    press(page, "1")
    comes(page, "Jumelle")
    press(page, "9")
    comes(page, "Écrite")
    with page.expect_popup() as popup:
        press(page, "w")
    popup.value.close()
    press(page, "8")


def take_a_break(page: Page) -> None:
    comes(page, "Dernière")
    press(page, "b")
    expect(page.locator(".work-empty")).to_be_visible()
    # The line over the order follows by itself: its button is gone when this is the only one with the key.
    expect(page.locator("[data-key=b]")).to_have_count(1)
    press(page, "b")
    comes(page, "Dernière")
    press(page, "1")
    expect(page.locator(".work-empty")).to_be_visible()


def test_an_agent_works_an_hour_by_keys_alone(agent, goods, orders, windows, sign_in):
    windows.allowed = ("422",)  # The answer to a confirmation without city or address.
    person = sign_in(agent)
    person.page.context.route("https://wa.me/**", lambda route: route.fulfill(body="WhatsApp"))
    page = person.open("calls")
    press(page, "?")
    expect(page.locator("#keys-dialog")).to_contain_text("Confirmée")
    press(page, "Escape")
    try_in_vain(page)
    decide_without_sale(page)
    sell(page)
    change_the_mind(page)
    take_a_break(page)

    outcomes = dict(Call.objects.filter(undone_at=None).values_list("order__customer_name", "outcome__slug"))
    assert outcomes == {
        "Absente": "no_answer",
        "Muette": "no_answer",
        "Occupée": "busy",
        "Pressée": "callback",
        "Refus": "refused",
        "Erreur": "wrong_number",
        "Corrigée": "confirmed",
        "Gourmande": "confirmed",
        "Offre": "confirmed",
        "Hésitante": "confirmed",
        "Jumelle": "duplicate",
        "Écrite": "whatsapp_sent",
        "Dernière": "confirmed",
    }
    states = dict(Order.objects.values_list("customer_name", "state__slug"))
    assert {name for name, state in states.items() if state == "confirmed"} == {
        name for name, outcome in outcomes.items() if outcome == "confirmed"
    }
    assert (states["Pressée"], states["Refus"], states["Erreur"], states["Jumelle"]) == (
        "postponed",
        "cancelled",
        "wrong_number",
        "duplicate",
    )
    undone = Call.objects.get(undone_at__isnull=False)
    assert (undone.order.customer_name, undone.outcome.slug) == ("Hésitante", "wrong_number")
    assert Event.objects.filter(name="call.undone").count() == 1
    assert Call.objects.get(order=orders["Muette"]).comment == "Sonne 3 fois, puis répondeur"
    assert Call.objects.get(order=orders["Écrite"]).medium == "whatsapp"
    read_the_books(goods, orders)


def read_the_books(goods, orders) -> None:
    """What waits still, what is reserved, what counts as an upsell."""
    waiting = dict(QueueEntry.objects.values_list("order__customer_name", "is_callback"))
    assert waiting == {"Absente": False, "Muette": False, "Occupée": False, "Pressée": True, "Écrite": False}
    assert not Lease.objects.exists()
    tea, tray = (StockLevel.objects.get(pk=variant.pk) for variant in goods)
    # Five confirmed, one of them with the offer's second unit; one tray beside.
    assert (tea.reserved, tray.reserved) == (6, 1)
    upsells = {
        name: sum(line.quantity for line in order.lines.all() if line.is_upsell) for name, order in orders.items()
    }
    assert {name: units for name, units in upsells.items() if units} == {"Gourmande": 1, "Offre": 1}
    mended = Order.objects.select_related("city").get(pk=orders["Corrigée"].pk)
    assert (mended.city.slug, mended.address) == ("marrakech", "Derb des Exemples, maison 7")
    assert Order.objects.get(pk=orders["Offre"].pk).total_amount == 349
    assert [book.name for book in check_books() if book.differences] == []
