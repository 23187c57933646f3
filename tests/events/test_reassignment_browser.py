"""A supervisor at the board, agents at their queues: what is given to somebody else is seen at once, keys suffice."""

import time
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from commanda.confirmation.models import QueueEntry
from commanda.kernel.clock import now
from tests.factories import make_order, make_user, make_variant

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("e2e")]
WITHIN = 3_000  # milliseconds


@pytest.fixture
def people(db):
    return {name: make_user("agent", name=name) for name in ("Salma", "Karim")}


def tabbed_to(page: Page, selector: str) -> None:
    """Go there with the Tab key alone."""
    for _step in range(120):
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"The Tab key does not lead to {selector}")


def test_reassignment_is_seen_live_in_the_other_browser_when_done_by_keyboard(open_page, people):
    variant = make_variant(stock=9)
    salma, karim = people["Salma"], people["Karim"]
    order = make_order(variant, assignee_id=salma.pk, customer_name="Imane Exemple")
    kept = make_order(variant, assignee_id=salma.pk, customer_name="Hajar Exemple")
    QueueEntry.objects.filter(order=order).update(is_callback=True, due_at=now() - timedelta(hours=2))
    hers, his = open_page(salma, "/calls/queue/"), open_page(karim, "/calls/queue/")
    board = open_page(make_user("supervisor"), "/board/")
    for page in (hers, his, board):
        page.evaluate("window.neverReloaded = true")
    expect(hers.locator("main")).to_contain_text("Imane Exemple")
    expect(his.locator("main")).not_to_contain_text("Imane Exemple")

    tabbed_to(board, f"input[name=ids][value='{order.pk}']")
    board.keyboard.press("Space")
    expect(board.locator("[data-bulk-count]")).to_have_text("1 selected")
    tabbed_to(board, "#board-agent")
    board.keyboard.type("Karim")
    tabbed_to(board, ".board-bar button[type=submit]")
    begun = time.monotonic()
    board.keyboard.press("Enter")

    expect(his.locator("main")).to_contain_text("Imane Exemple", timeout=WITHIN)
    expect(hers.locator("main")).not_to_contain_text("Imane Exemple", timeout=WITHIN)
    assert (time.monotonic() - begun) * 1000 < WITHIN
    expect(hers.locator("main")).to_contain_text("Hajar Exemple")
    expect(board.locator("#board-result")).to_contain_text("Karim")
    expect(board.locator(".work-row")).to_contain_text("Karim")
    expect(board.locator(".board-bar")).to_be_hidden()
    assert board.evaluate("document.activeElement.id") == "board-result"
    assert all(page.evaluate("window.neverReloaded") for page in (hers, his, board))

    # The former agent can neither read nor work it any more; the new one can.
    for path, page, status in (("orders", hers, 404), ("calls", hers, 404), ("orders", his, 200)):
        answer = page.request.get(page.url.split("/calls/")[0] + f"/{path}/{order.reference}/")
        assert answer.status == status, path
    assert kept.reference in hers.inner_text("main")


def test_rows_are_given_by_dragging_and_taken_back_by_undo(open_page, people):
    variant = make_variant(stock=9)
    order = make_order(variant, customer_name="Imane Exemple")
    board = open_page(make_user("supervisor"), "/board/")
    grip = board.locator(".work-row", has_text="Imane Exemple").locator("[data-drag-handle]")
    card = board.locator(f"[data-drop='{people['Karim'].pk}']")
    begin, end = grip.bounding_box(), card.bounding_box()
    board.mouse.move(begin["x"] + 5, begin["y"] + 5)
    board.mouse.down()
    board.mouse.move(end["x"] + 40, end["y"] + 20, steps=5)
    expect(board.locator(".drag-ghost")).to_have_text("1 selected")
    expect(card).to_have_class("agent-card is-offline is-over")
    board.mouse.up()
    expect(board.locator("#board-result")).to_contain_text("Karim")
    order.refresh_from_db()
    assert order.assignee_id == people["Karim"].pk
    expect(board.locator(".work-row")).to_have_count(0)

    board.get_by_role("button", name="Undo").click()
    expect(board.locator(".work-row")).to_have_count(1)
    order.refresh_from_db()
    assert order.assignee_id is None
