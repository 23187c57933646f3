"""The main job from end to end in a browser: a messy sheet becomes orders, one is confirmed with an upsell, shipped and
delivered; stock, commission and profit move; cost is seen by the administrator alone."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from commanda.confirmation.models import CallPolicy
from commanda.finance.services.costs import set_carrier_fee, set_product_cost
from commanda.finance.services.plans import save_commission_plan
from commanda.insights.books import check_books
from commanda.intake.models import StagedRow
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import today
from commanda.orders.models import Order
from commanda.shipping.models import Parcel
from commanda.shipping.services.carriers import save_carrier
from commanda.stock.models import StockLevel
from tests.factories import make_order, make_user, make_variant

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("e2e")]
SYSTEM = system_actor("test")
SHEET = (
    "N° Commande,Date,Client,Téléphone,Ville,Adresse,Produit,Qté,Prix,Source\n"
    'A-1,{day} 10:12,\u200fأمينة المثال,06-12-34-56-78,Mrakech,12 rue Exemple,Montre Exemple,1,"299,00 DH",tiktok\n'
    "A-2,{day} 10:40,Rachid Essai,#ERROR!,Rabat,Rue 9,Montre Exemple,1,299,facebook\n"
)
COST = Decimal("87.65")


@pytest.fixture
def shop():
    """Two products with stock and cost, a carrier with fees, a commission plan, calls allowed at any hour."""
    CallPolicy.objects.update(
        opens_at="00:00", closes_at="23:59", friday_break_from="00:00", friday_break_until="00:00"
    )
    watch = make_variant(name="Montre Exemple", sku="MONTRE", price="299.00", stock=10)
    serum = make_variant(name="Sérum Exemple", sku="SERUM", price="189.00", stock=10)
    month_ago = today() - timedelta(days=30)
    for variant in (watch, serum):
        set_product_cost(actor=SYSTEM, variant_id=variant.pk, amount=COST, valid_from_on=month_ago)
    carrier = save_carrier(actor=SYSTEM, name="Atlas Essai")
    set_carrier_fee(
        actor=SYSTEM,
        carrier_id=carrier.pk,
        delivered_amount=Decimal(30),
        returned_amount=Decimal(10),
        valid_from_on=month_ago,
    )
    save_commission_plan(actor=SYSTEM, name="Essai", delivered_amount=Decimal(12), valid_from_on=month_ago)
    return watch, serum


def levels(variant):
    level = StockLevel.objects.get(pk=variant.pk)
    return level.on_hand, level.reserved, level.in_transit, level.available


def test_a_messy_sheet_becomes_a_delivered_order_in_french(shop, sign_in, tmp_path):
    watch, serum = shop
    people = {role: make_user(role) for role in ("admin", "supervisor", "agent", "buyer")}

    admin = sign_in(people["admin"])
    import_the_sheet(admin, tmp_path)
    order = Order.objects.get()
    assert StagedRow.objects.filter(status="rejected").count() == 1
    page = admin.open("intake_inbox")
    expect(page.locator("body")).to_contain_text("Rachid Essai")

    supervisor = sign_in(people["supervisor"])
    page = supervisor.open("orders")
    page.check(f"input[name=ids][value='{order.pk}']")
    page.select_option(".bulk-group select[name=agent]", str(people["agent"].pk))
    page.click("button[name=action][value=assign]")
    supervisor.look_over()  # what would happen
    page.click("form.form-actions button[type=submit]")
    page.wait_for_url(re.compile(r"/orders/bulk/\d+/"))
    supervisor.look_over()

    agent = sign_in(people["agent"])
    confirm_with_upsell(agent, serum)
    order.refresh_from_db()
    assert (order.stage, order.total_amount) == ("confirmed", Decimal(488))
    assert (levels(watch), levels(serum)) == ((10, 1, 0, 9), (10, 1, 0, 9))

    ship_and_deliver(supervisor, order)
    order.refresh_from_db()
    assert order.stage == "delivered"
    assert levels(watch) == (9, 0, 0, 9)

    expect(agent.open("home").locator("body")).to_contain_text("12,00")
    profit = Decimal(488) - 2 * COST - 30 - 12
    shown = f"{profit:.2f}".replace(".", ",")
    expect(admin.open("home").locator("body")).to_contain_text(shown)
    for person in (supervisor, agent, sign_in(people["buyer"])):
        assert shown not in person.open("home").inner_text("body")
    assert [book.name for book in check_books() if not book.is_balanced] == []


def import_the_sheet(admin, tmp_path):
    path = tmp_path / "commandes.csv"
    path.write_text(SHEET.format(day=f"{today() - timedelta(days=1):%d/%m/%Y}"), encoding="utf-8")
    page = admin.open("intake_upload")
    page.set_input_files("input[type=file]", path)
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_url("**/intake/uploads/**")
    admin.look_over()
    page.locator("main form button[name=action][value=import]").click()
    page.wait_for_url("**/intake/runs/**")
    admin.look_over()


def confirm_with_upsell(agent, serum):
    page = agent.open("calls")
    expect(page.locator("body")).to_contain_text("أمينة المثال")
    choose(page, "add_variant", "Sérum", str(serum.pk))
    page.locator(".work-add button[type=submit]").click()
    expect(page.locator("[data-total]")).to_contain_text("488,00")
    agent.look_over()
    page.keyboard.press("1")
    expect(page.locator(".work-outcomes")).to_have_count(0)
    agent.look_over()


def choose(page, name, typed, value):
    """Choose in a searchable select as a person does: type, then Enter."""
    page.locator(f"select[name={name}] + .ts-wrapper").click()
    page.keyboard.type(typed)
    page.locator(f".ts-dropdown [data-value='{value}']").click()


def ship_and_deliver(supervisor, order):
    page = supervisor.open("shipping")
    page.check(f"input[data-bulk-row][value='{order.pk}']")
    page.select_option("select[name=carrier]", label="Atlas Essai")
    page.locator(f"tr:has-text('{order.reference}') input[name^=tracking]").fill("AT-900123")
    page.locator("button[name=action][value=ship]").last.click()
    page.wait_for_load_state()
    supervisor.look_over()
    assert Parcel.objects.get().tracking_number == "AT-900123"
    page = supervisor.open("shipping_record")
    page.check("input[name=outcome][value=delivered]", force=True)
    page.fill("[name=numbers]", "AT-900123 INCONNU-1")
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text("INCONNU-1")
    supervisor.look_over()


def test_an_agent_works_in_arabic_on_a_phone(shop, sign_in):
    watch, _serum = shop
    user = make_user("agent", language="ar")
    order = make_order(watch, assignee_id=user.pk, customer_name="سعيد المثال", address="حي السلام")
    agent = sign_in(user, language="ar", width=390)
    page = agent.open("calls")
    assert page.evaluate("document.documentElement.dir") == "rtl"
    expect(page.locator("body")).to_contain_text("سعيد المثال")
    page.locator("button[name=outcome][value=no_answer]").click()
    expect(page.locator(".work-outcomes")).to_have_count(0)
    agent.look_over()
    order.refresh_from_db()
    assert order.calls.get().outcome.slug == "no_answer"
    for name in ("home", "orders", "order_new", "calls_queue"):
        agent.open(name)
    agent.open("order", order.reference)
