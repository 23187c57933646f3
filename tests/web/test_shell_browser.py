"""The shell in Chromium: nothing breaks the content policy, every script does its work, axe is content."""

import pytest
from playwright.sync_api import expect

from tests.browsing import look_over
from tests.factories.people import make_user
from tests.web import gallery

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.web.gallery")]


@pytest.fixture
def open_page(windows):
    user = make_user("admin", name="Amal Exemple")
    gallery.SENT.clear()

    def opened(language="fr", width=1440, theme="light"):
        script = f"localStorage.commandaSeen ??= localStorage['commanda-theme'] = '{theme}'"
        return windows.open("/gallery/", user, language=language, width=width, script=script)

    return opened


@pytest.mark.parametrize(
    ("language", "width", "theme"),
    [("fr", 1440, "light"), ("fr", 390, "dark"), ("ar", 1440, "dark"), ("ar", 390, "light")],
)
def test_gallery_is_accessible_and_fits_when_drawn(open_page, language, width, theme):
    page = open_page(language, width, theme)
    page.wait_for_function("document.querySelectorAll('[data-chart] canvas').length === 6")
    look_over(page)
    direction = page.evaluate("getComputedStyle(document.documentElement).direction")
    assert direction == ("rtl" if language == "ar" else "ltr")


def test_rows_are_chosen_by_keys_and_by_range_when_a_list_is_open(open_page):
    page = open_page()
    for key in "jjx":
        page.keyboard.press(key)
    count = page.locator("[data-bulk-count]")
    expect(count).to_contain_text("1")
    page.locator("input[data-bulk-row]").nth(4).click(modifiers=["Shift"])
    expect(count).to_contain_text("4")
    page.keyboard.press("a")
    page.wait_for_url("**/gallery/send")
    assert len(gallery.SENT) == 1


def test_drawer_opens_when_enter_is_pressed_on_a_row(open_page):
    page = open_page()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#drawer.show")).to_contain_text("Détails")


def test_form_is_sent_only_after_the_question_when_it_asks(open_page):
    page = open_page()
    page.click("#remove")
    page.click("#confirm-dialog button[value=cancel]")
    assert gallery.SENT == []
    page.click("#remove")
    page.click("[data-confirm-ok]")
    page.wait_for_url("**/gallery/send")
    assert gallery.SENT == ["form"]


def test_form_is_sent_once_when_pressed_twice(open_page):
    page = open_page()
    page.evaluate("""() => {
        window.sent = 0;
        window.addEventListener("submit", (event) => { window.sent += 1; event.preventDefault(); });
        const form = document.querySelector("#plain");
        form.requestSubmit();
        form.requestSubmit();
    }""")
    assert page.evaluate("window.sent") == 1


def test_keys_help_search_and_go_when_pressed(open_page):
    page = open_page()
    page.keyboard.press("?")
    expect(page.locator("#keys-dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("g o")
    assert page.input_value("input[data-search]") == "g o"
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("o")
    page.wait_for_url(lambda url: "order" in url)


def test_chosen_look_stays_when_the_page_is_loaded_again(open_page):
    page = open_page()
    page.locator(".theme-menu > button").click()
    page.locator(".theme-menu [data-theme=dark]").click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"


def test_choice_is_fetched_and_shown_as_text_when_a_select_is_remote(open_page):
    page = open_page()
    page.locator(".ts-control").click()
    page.keyboard.type("cas")
    option = page.locator(".ts-dropdown .option")
    expect(option).to_contain_text("Casablanca<b>Maroc</b>")
    with page.expect_navigation(url="**city=Casablanca**"):
        option.click()


def test_sign_in_page_is_opened_when_a_part_is_asked_for_after_the_session_ended(open_page):
    page = open_page()
    page.context.clear_cookies(name="sessionid")
    page.evaluate("htmx.ajax('GET', '/account/', '#drawer')")
    page.wait_for_url("**/accounts/login/?next=%2Fgallery%2F")


def test_old_times_keep_the_day_of_the_server_when_the_browser_sees_another(open_page):
    page = open_page()
    page.evaluate(
        """() => {
            const time = document.querySelector("time[data-time]").cloneNode();
            time.id = "old";
            time.dateTime = "2026-03-22T23:30:00+00:00";
            time.title = "23 mars 2026 00:30";
            document.querySelector("main").append(time);
            htmx.trigger(time.parentElement, "htmx:afterSettle", { elt: time.parentElement });
        }"""
    )
    expect(page.locator("#old")).to_have_text("23 mars 2026")
