"""The grid of the inbox in Chromium: three rows mended by the keyboard alone."""

import pytest
from playwright.sync_api import Page, expect

from commanda.intake.models import StagedRow
from commanda.orders.models import Order
from tests.browsing import look_over
from tests.factories import make_user, make_variant
from tests.intake.helpers import make_source, read, row, sheet

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def open_inbox(windows):
    # 422 is the answer to a row that still has something to mend.
    windows.allowed = ("422",)
    user = make_user("admin")

    def opened(width=1440):
        return windows.open("/intake/inbox/", user, language="en", width=width)

    return opened


@pytest.fixture(autouse=True)
def rows():
    make_variant(name="Montre Atlas", sku="ATLAS", price="199.00")
    dirty = [row(3, telephone="#ERROR!"), row(2, produit="Mntr Atls"), row(1, telephone="06", quantite="deux")]
    read(make_source(), sheet(*dirty))


def left() -> int:
    return StagedRow.objects.filter(status="rejected").count()


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.getAttribute('aria-label')")


def test_three_rows_are_mended_by_keyboard_alone(open_inbox):
    page = open_inbox()
    page.locator(".grid-input[aria-invalid=true]").first.focus()
    assert focused(page) == "Phone – 4"
    page.keyboard.press("Control+a")
    page.keyboard.type("06 11 22 33 44")
    page.keyboard.press("Control+Enter")
    # The quantity is still wrong: the same row, its next cell.
    expect(page.locator("#inbox")).to_contain_text("“deux” cannot be read")
    expect(page.locator('[aria-label="Quantity – 4"]')).to_be_focused()
    page.keyboard.type("2")
    page.keyboard.press("Control+Enter")
    expect(page.locator('[aria-label="Product – 3"]')).to_be_focused()
    page.keyboard.type("Montre Atlas · ATLAS")
    page.keyboard.press("Control+Enter")
    expect(page.locator('[aria-label="Phone – 2"]')).to_be_focused()
    page.keyboard.type("0655443322")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".grid-row.is-done")).to_have_count(3)
    assert left() == 0
    assert sorted(Order.objects.values_list("phone_e164", flat=True)) == [
        "+212600000002",
        "+212611223344",
        "+212655443322",
    ]
    assert [order.lines.get().quantity for order in Order.objects.order_by("pk")] == [2, 1, 1]


def test_arrows_and_enter_move_between_cells(open_inbox):
    page = open_inbox()
    page.locator('[aria-label="Phone – 4"]').focus()
    for key, there in (
        ("Enter", "Phone – 3"),
        ("ArrowDown", "Phone – 2"),
        ("ArrowUp", "Phone – 3"),
        ("ArrowRight", "Full name – 3"),
        ("ArrowLeft", "Phone – 3"),
        ("Tab", "Full name – 3"),
    ):
        page.keyboard.press(key)
        assert focused(page) == there, key
    assert left() == 3


def test_all_changed_rows_are_saved_at_once_and_each_tells_its_result(open_inbox):
    page = open_inbox()
    page.fill('[aria-label="Phone – 2"]', "0655443322")
    page.fill('[aria-label="Phone – 4"]', "0611223344")
    page.get_by_role("button", name="Save all that was changed").click()
    expect(page.locator(".grid-row.is-done")).to_have_count(1)
    expect(page.locator('[aria-label="Phone – 4"]')).to_have_value("0611223344")
    assert left() == 2


def test_grid_is_a_card_per_row_on_a_phone_and_axe_is_content(open_inbox):
    page = open_inbox(width=390)
    look_over(page)
    page.fill('[aria-label="Phone – 2"]', "0655443322")
    page.locator(".grid-row", has_text="#ERROR!").get_by_role("button", name="Mend and import").click()
    expect(page.locator(".grid-row.is-done")).to_have_count(1)


def test_rows_are_ticked_and_set_together(open_inbox):
    page = open_inbox()
    page.locator("[data-bulk-all]").check()
    page.locator("[name=set_field]").select_option("quantity")
    page.locator("[name=set_text]").fill("3")
    page.locator("[name=set_text]").press("Enter")
    expect(page.locator('[aria-label="Quantity – 2"]')).to_have_value("3")
    expect(page.locator(".grid-was")).to_have_count(3)
    assert set(StagedRow.objects.values_list("corrections__0__quantity", flat=True)) == {"3"}
