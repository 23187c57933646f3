"""The calls page in Chromium: worked by keys, on a desk without scrolling, on a phone with one thumb."""

from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from commanda.catalog.models import Product
from commanda.catalog.services.offers import OfferData, save_offer
from commanda.confirmation.models import Call, Lease, QueueEntry
from commanda.kernel.actor import system_actor
from commanda.orders.models import Order
from tests.browsing import look_over
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def agent():
    return make_user("agent", name="Amal Exemple")


@pytest.fixture
def orders(agent):
    tea, rug = (
        make_variant(stock=40, name="Théière", price="249.00"),
        make_variant(stock=3, name="Tapis", price="499.00"),
    )
    return [
        make_order(
            (tea, 2),
            rug,
            assignee_id=agent.pk,
            customer_name=name,
            city_text="Fès",
            address="3, rue Exemple",
            phone_e164=phone,
        )
        for name, phone in (("Imane", "+212655000001"), ("Badr", "+212655000002"), ("Chama", "+212655000003"))
    ]


@pytest.fixture
def open_page(windows, agent):
    # 422 is the answer to a form with something to mend; a line that is cut is what some tests are about.
    windows.allowed = ("422", "net::ERR_", "htmx:afterRequest", "htmx:sendError")

    def opened(language="fr", width=1440, path="/calls/"):
        return windows.open(path, agent, language=language, width=width)

    return opened


# Notes that the lost connection was said, even when the answer to the next try comes before a slow machine looks.
WATCH_LOST = """() => new MutationObserver(() => {
    if (!document.querySelector("[data-lost]")?.checkVisibility()) return;
    document.documentElement.dataset.saidLost = "yes";
}).observe(document.body, { attributes: true, subtree: true, attributeFilter: ["hidden"] })"""


def name_shown(page: Page):
    return page.locator(".work-name")


def call_of(order):
    return Call.objects.select_related("outcome").get(order=order)


@pytest.mark.parametrize(("language", "width"), [("fr", 1440), ("fr", 390), ("ar", 1440), ("ar", 390)])
def test_page_is_accessible_and_fits_when_an_order_is_worked(open_page, orders, language, width):
    page = open_page(language, width)
    look_over(page)
    if width == 1440:
        assert page.evaluate("document.documentElement.scrollHeight") <= 900
    confirm = page.locator("button[value=confirmed]")
    assert confirm.bounding_box()["y"] + confirm.bounding_box()["height"] <= 900
    assert confirm.bounding_box()["height"] >= 40


def test_agent_works_by_keys_alone_when_at_a_desk(open_page, orders):
    chama, badr, imane = reversed(orders)  # freshest first
    page = open_page()
    expect(name_shown(page)).to_have_text("Chama")
    page.keyboard.press("m")
    page.keyboard.type("Sonne 2 fois")  # digits typed into a field are no keys
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    expect(name_shown(page)).to_have_text("Badr")
    page.keyboard.press("5")
    expect(page.locator(".work-ask[open] .work-answers .btn").first).to_be_focused()
    page.keyboard.press("Enter")  # the first answer: in one hour
    expect(name_shown(page)).to_have_text("Imane")
    page.keyboard.press("1")
    expect(page.locator(".work-empty")).to_be_visible()
    assert (call_of(chama).outcome.slug, call_of(chama).comment) == ("no_answer", "Sonne 2 fois")
    assert call_of(badr).outcome.slug == "callback"
    assert call_of(imane).outcome.slug == "confirmed"


def test_reason_is_chosen_in_place_when_the_client_refuses(open_page, orders):
    page = open_page(width=390)
    page.locator("summary", has_text="Refusée").click()
    page.get_by_role("button", name="Trop cher").click()
    expect(name_shown(page)).to_have_text("Badr")
    orders[2].refresh_from_db()
    assert orders[2].reason.slug == "too_expensive"


def test_total_follows_and_upsell_is_added_when_the_order_changes(open_page, orders):
    page = open_page()
    total = page.locator("[data-total]")
    expect(total).to_contain_text("997,00")
    page.locator("[data-step='1']").first.click()
    expect(total).to_contain_text("1 246,00".replace(" ", "\u202f"))
    page.locator("input[name=comment]").fill("Veut aussi un tapis")
    page.keyboard.press("Escape")
    expect(page.locator(".work-add .ts-control")).to_be_visible()
    page.keyboard.press("u")
    page.keyboard.type("Tapis")
    page.locator(".ts-dropdown .option").first.click()
    expect(page.locator(".work-line")).to_have_count(4)
    expect(page.locator("input[name=comment]")).to_have_value("Veut aussi un tapis")
    lines = [(line.quantity, line.is_upsell) for line in orders[2].lines.all()]
    assert lines == [(2, False), (1, True), (1, False), (1, True)]


def test_message_is_logged_as_written_when_whatsapp_was_opened(open_page, orders):
    page = open_page()
    page.evaluate("document.addEventListener('click', e => e.target.closest('[data-whatsapp]') && e.preventDefault())")
    page.keyboard.press("w")
    page.keyboard.press("2")
    expect(name_shown(page)).to_have_text("Badr")
    assert call_of(orders[2]).medium == "whatsapp"


def test_order_comes_by_itself_when_the_break_ends(open_page, orders, agent):
    page = open_page()
    page.locator("#presence .dropdown > button").click()
    page.locator("#presence button[value=break]").click()
    expect(page.locator(".work-empty")).to_be_visible()
    page.locator(".work-empty button[value=online]").click()
    expect(name_shown(page)).to_have_text("Chama")


def test_what_was_typed_stays_when_the_stock_is_short(open_page, orders):
    page = open_page()
    field = page.locator(".work-quantity input").nth(1)
    field.fill("9")
    page.keyboard.press("Escape")
    with page.expect_response(lambda answer: answer.status == 422):
        page.keyboard.press("1")
    expect(page.locator(".work-alert.alert-danger")).to_contain_text("Tapis")
    expect(page.locator(".work-quantity input").nth(1)).to_have_value("9")
    assert not Call.objects.exists()
    assert QueueEntry.objects.count() == 3
    page.locator(".work-quantity input").nth(1).fill("1")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    expect(name_shown(page)).to_have_text("Badr")


def full_order(agent, variants, phone="+212655000009"):
    """As much as an order's page ever has to hold: history, long address, script, offers, three products."""
    for _ in range(4):
        make_order(variants[0], state="delivered", phone_e164=phone, assignee_id=agent.pk)
    Product.objects.update(call_script="Bonjour, je vous appelle pour votre commande. " * 8)
    for variant in variants[:2]:
        offer = OfferData(price_amount=Decimal(349), quantity=3, label_fr="3 pour 349 DH")
        save_offer(actor=system_actor("test"), product_id=variant.product_id, data=offer)
    return make_order(
        *variants,
        assignee_id=agent.pk,
        phone_e164=phone,
        customer_name="Fatima-Zahra Bent Mohammed Exemple",
        city_text="Ville inconnue",
        address="Résidence des Exemples, immeuble 14, escalier B, troisième étage, appartement 27, près du marché",
        note="Appeler après la prière",
    )


@pytest.mark.parametrize("products", [1, 2, 3])
def test_nothing_scrolls_when_the_order_is_full(open_page, agent, products):
    variants = [make_variant(stock=4, name=f"Produit au nom assez long {n}", price="199.00") for n in range(products)]
    order = full_order(agent, variants)
    page = open_page(path=f"/calls/{order.reference}/")
    assert page.evaluate("document.documentElement.scrollHeight") <= 900
    for place in (".work-tel", ".work-total-sum", "button[value=confirmed]", ".work-offer", "input[name=address]"):
        box = page.locator(place).first.bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 900, place
    look_over(page)


def test_last_outcome_is_undone_by_a_key_when_its_seconds_run(open_page, orders):
    page = open_page()
    page.keyboard.press("1")
    expect(name_shown(page)).to_have_text("Badr")
    expect(page.locator("[data-undo-left]")).to_be_visible()
    page.keyboard.press("z")
    expect(name_shown(page)).to_have_text("Chama")
    expect(page.locator(".work-undo")).to_have_count(0)
    assert Order.objects.get(pk=orders[2].pk).state.slug == "new"
    assert Lease.objects.get().order_id == orders[2].pk
    page.keyboard.press("2")
    expect(name_shown(page)).to_have_text("Badr")
    assert [call.outcome.slug for call in Call.objects.filter(undone_at=None)] == ["no_answer"]


def test_undoing_is_offered_no_longer_when_its_seconds_are_over(open_page, orders):
    page = open_page()
    page.keyboard.press("2")
    expect(name_shown(page)).to_have_text("Badr")
    page.locator("[data-undo-seconds]").evaluate("form => { form.commandaUntil = Date.now() }")
    expect(page.locator(".work-undo")).to_have_count(0)


def test_outcome_is_sent_again_when_the_line_was_cut(open_page, orders):
    page = open_page()
    page.locator("input[name=comment]").fill("Très pressé")
    page.keyboard.press("Escape")
    page.context.set_offline(True)
    page.keyboard.press("2")
    expect(page.locator("[data-lost]")).to_be_visible()
    expect(page.locator("input[name=comment]")).to_have_value("Très pressé")
    assert not Call.objects.exists()
    page.context.set_offline(False)
    expect(name_shown(page)).to_have_text("Badr", timeout=15_000)
    assert call_of(orders[2]).comment == "Très pressé"


def test_outcome_is_there_once_when_only_its_answer_was_lost(open_page, orders):
    page = open_page()
    cut = []

    def drop_the_answer(route):
        if route.request.method == "POST" and not cut:
            cut.append(route.fetch().status)  # The server does it; the browser hears nothing.
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/calls/CM-*/", drop_the_answer)
    page.evaluate(WATCH_LOST)
    page.keyboard.press("1")
    expect(name_shown(page)).to_have_text("Badr", timeout=30_000)
    assert cut == [200]
    assert page.locator("html").get_attribute("data-said-lost") == "yes"
    assert call_of(orders[2]).outcome.slug == "confirmed"
    assert Call.objects.count() == 1


def test_break_is_shown_when_its_button_was_replaced_under_way(open_page, orders):
    page = open_page()

    def replace_the_bar_first(route):
        answer = route.fetch()
        page.evaluate("document.querySelector('#work-bar form').id = 'replaced'")
        page.evaluate("document.body.dispatchEvent(new Event('calls-changed'))")
        expect(page.locator("#replaced")).to_have_count(0)
        route.fulfill(response=answer)

    page.route("**/presence/", replace_the_bar_first)
    page.keyboard.press("b")
    expect(page.locator(".work-empty")).to_be_visible()


def test_offer_is_taken_by_one_key_when_the_client_says_yes(open_page, orders):
    rug = orders[2].lines.get(label="Tapis").variant
    offer = OfferData(price_amount=Decimal(899), quantity=2, label_fr="2 pour 899 DH")
    save_offer(actor=system_actor("test"), product_id=rug.product_id, data=offer)
    page = open_page()
    page.keyboard.press("o")
    expect(page.locator("[data-total]")).to_contain_text("1\u202f397,00")
    expect(page.locator(".work-offer")).to_have_count(0)
    assert [line.quantity for line in orders[2].lines.filter(is_upsell=True)] == [1]


def test_nearest_city_is_chosen_in_place_when_the_name_is_unknown(open_page, agent):
    order = make_order(make_variant(stock=3), assignee_id=agent.pk, city_text="Casablnca")
    page = open_page()
    page.keyboard.press("1")
    expect(page.locator("#id_city-error")).to_be_visible()
    expect(page.locator("input[name=city]")).to_be_focused()
    page.locator(".work-suggested .btn", has_text="Casablanca").first.click()
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    expect(page.locator(".work-empty")).to_be_visible()
    order.refresh_from_db()
    assert (order.stage, order.city.slug) == ("confirmed", "casablanca")


def test_stock_follows_when_somebody_else_takes_the_last_units(open_page, orders):
    rug = orders[2].lines.get(label="Tapis").variant
    page = open_page()
    expect(page.locator("[data-shortage]")).to_be_hidden()
    make_order((rug, 3), state="confirmed")
    page.evaluate("htmx.trigger(document.querySelector('[data-live=orders][hx-get*=stock]'), 'live')")
    expect(page.locator("[data-shortage]")).to_contain_text("Tapis (0 / 1)")


def test_price_changes_within_the_limit_when_a_remark_is_given(open_page, orders):
    page = open_page()
    page.keyboard.press("p")
    price = page.locator(".work-prices input[name^=price_]").first
    price.fill("230")
    price.press("Enter")
    expect(page.locator("#id_price_remark-error")).to_be_visible()
    page.locator("input[name=price_remark]").fill("Cliente fidèle")
    page.locator(".work-prices button[type=submit]").click()
    expect(page.locator("[data-total]")).to_contain_text("959,00")
