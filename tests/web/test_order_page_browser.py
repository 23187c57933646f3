"""The order page in Chromium: by keys, in French and Arabic, at a desk and on a phone; and what goes to paper."""

import re
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import expect

from commanda.orders.models import CommentMention, OrderAttachment
from commanda.orders.services.annotate import add_comment
from tests.browsing import look_over
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db(transaction=True)
MM = 72 / 25.4


@pytest.fixture
def supervisor():
    return make_user("supervisor", name="Samira Exemple")


@pytest.fixture
def open_page(windows, supervisor):
    def opened(path, language="fr", width=1440):
        return windows.open(path, supervisor, language=language, width=width)

    return opened


def picture() -> bytes:
    content = BytesIO()
    Image.new("RGB", (4, 4)).save(content, "PNG")
    return content.getvalue()


def test_order_is_worked_by_keys(open_page, supervisor):
    agent = make_user("agent", name="Amal Bennani")
    order = make_order((make_variant(stock=5), 1), assignee_id=agent.pk)
    page = open_page(f"/orders/{order.reference}/")
    page.keyboard.press("c")
    expect(page.locator("#id_text")).to_be_focused()
    page.keyboard.type("Rappelle @am")
    expect(page.locator("#mention-names [role=option]")).to_have_count(1)
    look_over(page)
    page.keyboard.press("Enter")
    expect(page.locator("#id_text")).to_have_value("Rappelle @Amal Bennani ")
    page.locator(".comment-form button[type=submit]").click()
    expect(page.locator(".timeline-text").first).to_contain_text("Rappelle @Amal Bennani")
    assert CommentMention.objects.get().user_id == agent.pk

    page.locator("#timeline .chip").nth(1).click()
    expect(page.locator(".timeline-row")).to_have_count(0)
    page.keyboard.press("p")
    expect(page.locator("#print-dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("m")
    page.keyboard.press("Tab")
    page.locator("#moves button[value=confirmed]").click()
    expect(page.locator(".axis-state .badge")).to_contain_text("Confirmée")
    page.keyboard.press("e")
    page.wait_for_url("**/edit/")


def test_file_is_kept_when_it_is_dropped(open_page, supervisor):
    order = make_order(make_variant())
    page = open_page(f"/orders/{order.reference}/")
    data = page.evaluate_handle(
        """(bytes) => { const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(bytes)], "reçu.png", {type: "image/png"})); return data; }""",
        list(picture()),
    )
    page.dispatch_event("[data-drop]", "drop", {"dataTransfer": data})
    expect(page.locator(".file-list")).to_contain_text("reçu.png")
    assert OrderAttachment.objects.get().uploaded_by_id == supervisor.pk


@pytest.mark.parametrize(("language", "width"), [("fr", 390), ("ar", 1440), ("ar", 390)])
def test_order_page_and_mentions_fit_the_screen(open_page, supervisor, language, width):
    order = make_order((make_variant(stock=1, name="Montre noire"), 2), customer_name="إيمان تجربة")
    author = make_user("supervisor", name="Hind Exemple")
    add_comment(actor=author.as_actor(), order_id=order.pk, text="@Samira Exemple شوفي هاد الطلبية")
    page = open_page(f"/orders/{order.reference}/", language, width)
    expect(page.locator(".bell-number")).to_have_text("1")
    look_over(page)
    page.goto(page.url.split("/orders/")[0] + "/mentions/")
    page.wait_for_function("document.documentElement.dataset.ready")
    look_over(page)
    page.locator("[data-row-link]").click()
    page.wait_for_url("**/orders/**")
    expect(page.locator(".bell-number")).to_have_count(0)


@pytest.mark.parametrize("language", ["fr", "ar"])
@pytest.mark.parametrize(
    ("kind", "size"), [("a4", (210, 297)), ("label", (100, 150)), ("packing", (210, 297)), ("80mm", (80, None))]
)
def test_paper_has_its_size_and_a_page_for_each_order(open_page, supervisor, kind, size, language):
    orders = [make_order((make_variant(), 2), address="قرب المسجد الكبير") for _n in range(3)]
    ids = ",".join(str(order.pk) for order in orders)
    page = open_page("/mentions/")
    page.goto(page.url.split("/mentions/")[0] + f"/orders/print/?ids={ids}&kind={kind}&lang={language}")
    page.wait_for_function("document.documentElement.dataset.ready")
    look_over(page)
    boxes = media_boxes(page.pdf(prefer_css_page_size=True))
    # The packing list puts several orders on a page, behind what is to be fetched for all.
    assert len(boxes) == (2 if kind == "packing" else 3)
    for width, height in boxes:
        assert width / MM == pytest.approx(size[0], abs=1)
        # A receipt is as long as what is on it.
        assert height / MM == pytest.approx(size[1], abs=1) if size[1] else 60 < height / MM < 140


def media_boxes(pdf: bytes) -> list[tuple[float, float]]:
    """Width and height in points of each page."""
    found = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    return [(float(width), float(height)) for width, height in found]
