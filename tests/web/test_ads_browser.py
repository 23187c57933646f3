"""The grid of spend in Chromium: a block out of a spreadsheet lands where it belongs."""

import pytest

from commanda.ads.models import AdSpend
from tests.browsing import look_over
from tests.factories import make_user, make_variant

pytestmark = pytest.mark.django_db(transaction=True)
PASTE = """([text, label]) => {
    const cell = document.querySelector(`[aria-label="${label}"]`);
    const data = new DataTransfer();
    data.setData("text/plain", text);
    return cell.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def grid(windows):
    for name in ("Bague", "Collier", "Montre"):
        make_variant(name=name)
    return windows.open("/ads/", make_user("buyer"))


def value(page, product, platform):
    return page.locator(f'[aria-label="{product} · {platform}"]').input_value()


def test_block_fills_the_cells_below_and_beside_and_is_saved(grid):
    grid.evaluate(PASTE, ["10\t20\r\n30\t1 234,50\r\n", "Collier · Facebook"])
    assert value(grid, "Collier", "Facebook") == "10"
    assert value(grid, "Collier", "Google") == "20"
    assert value(grid, "Montre", "Google") == "1 234,50"
    assert value(grid, "Bague", "Facebook") == ""
    look_over(grid)
    grid.locator("form[data-paste-grid] button[type=submit]").click()
    grid.wait_for_load_state("load")
    assert sorted(str(row.amount) for row in AdSpend.objects.all()) == ["10.00", "1234.50", "20.00", "30.00"]


def test_names_say_where_amounts_belong_when_they_are_pasted_along(grid):
    grid.evaluate(PASTE, ["\tTikTok\tfacebook\nMONTRE\t7\t8\nInconnu\t1\t2\nBague\t\t9", "Bague · Facebook"])
    assert (value(grid, "Montre", "TikTok"), value(grid, "Montre", "Facebook")) == ("7", "8")
    assert (value(grid, "Bague", "Facebook"), value(grid, "Collier", "Facebook")) == ("9", "")


def test_single_value_is_left_to_the_field(grid):
    assert grid.evaluate(PASTE, ["12,50", "Bague · Facebook"]) is True
