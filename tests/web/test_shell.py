"""The frame around every page: what it offers to whom, in which language, and how safe it is."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import reverse

from commanda.accounts.services.users import update_user
from commanda.audit.models import Event
from commanda.kernel.actor import ANONYMOUS, Actor
from commanda.web import navigation
from commanda.web.context import Shell
from tests.factories.people import PASSWORD, make_user

TEMPLATES = settings.PACKAGE_DIR / "web" / "templates"
HTML = sorted(TEMPLATES.rglob("*.html"))
SCRIPTS = sorted((settings.PACKAGE_DIR / "web" / "static" / "js").glob("*.js"))
STYLES = sorted((settings.PACKAGE_DIR / "web" / "static" / "css").glob("*.css"))


def actor_with(*permissions: str) -> Actor:
    return Actor(user_id=1, name="Nora Exemple", permissions=frozenset(permissions))


def names(links: list[navigation.Link]) -> list[str]:
    return [link.item.url_name for link in links]


def test_menu_lists_only_permitted_places_when_an_agent_looks():
    agent = actor_with("calls.log", "orders.view", "orders.create", "customers.view", "stock.view")
    assert names(navigation.links_for(agent, "/")) == [
        "home",
        "calls",
        "orders",
        "order_new",
        "customers",
        "stock",
        "products",
        "reports",
    ]


def test_menu_is_empty_when_nobody_is_signed_in():
    assert navigation.links_for(ANONYMOUS, "/") == []
    assert navigation.sidebar_groups(ANONYMOUS, "/") == []


@pytest.mark.parametrize(
    ("permissions", "expected"),
    [
        (("calls.log", "orders.view", "orders.create", "stock.view"), ["home", "calls", "orders", "order_new"]),
        (("stock.view", "ads.enter"), ["home", "stock", "ads"]),
    ],
)
def test_phone_bar_holds_the_role_s_own_places_when_it_is_drawn(permissions, expected):
    assert names(navigation.phone_tabs(actor_with(*permissions), "/")) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [("/orders/", ["orders"]), ("/orders/CM-000001", ["orders"]), ("/orders/new/", ["order_new"]), ("/ordersx", [])],
)
def test_one_place_is_marked_when_the_page_is_inside_it(address, expected):
    links = navigation.links_for(actor_with("orders.view", "orders.create"), address)
    assert [link.item.url_name for link in links if link.is_active] == expected


def test_every_letter_after_g_leads_to_one_place():
    keys = [item.key for item in navigation.ITEMS]
    assert len(set(keys)) == len(keys)


def shell_of(actor: Actor, method: str = "get") -> Shell:
    request = getattr(RequestFactory(), method)("/orders/?q=a")
    request.actor = actor
    return Shell(request)


def test_search_and_new_order_are_offered_only_when_permitted():
    buyer = shell_of(actor_with("stock.view"))
    assert (buyer.search_url, buyer.new_order_url, buyer.presence_url) == (None, None, None)


def test_language_switch_comes_back_to_the_page_when_it_was_read_and_home_when_it_was_sent():
    assert shell_of(ANONYMOUS).next_url == "/orders/?q=a"
    assert shell_of(ANONYMOUS, "post").next_url == "/"


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "direction"), [("fr", "ltr"), ("ar", "rtl"), ("en", "ltr")])
def test_page_is_written_in_the_chosen_direction_when_the_language_changes(client, language, direction):
    make_user("agent")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    page = client.get(reverse("account_login")).content.decode()
    assert f'<html lang="{language}" dir="{direction}">' in page
    assert ("tabler.rtl.min.css" in page) is (direction == "rtl")


@pytest.mark.django_db
def test_sign_up_is_closed_when_a_stranger_tries(client):
    make_user("agent")
    answer = client.post(
        reverse("account_signup"), {"email": "x@example.com", "password1": PASSWORD, "password2": PASSWORD}
    )
    assert "_auth_user_id" not in client.session
    assert "signup_closed" in answer.templates[0].name


@pytest.mark.django_db
def test_sign_in_and_its_failures_are_noted_when_somebody_tries(client):
    user = make_user("agent", email="nora@example.com")
    for password in ("wrong", PASSWORD):
        client.post(reverse("account_login"), {"login": "Nora@Example.com", "password": password})
    noted = Event.objects.filter(subject="user", subject_id=user.pk).order_by("id").values_list("name", flat=True)
    assert list(noted) == ["user.sign_in_failed", "user.signed_in"]


@pytest.mark.django_db
def test_nothing_is_noted_when_an_unknown_address_tries(client):
    make_user("agent")
    client.post(reverse("account_login"), {"login": "nobody@example.com", "password": "wrong"})
    assert not Event.objects.filter(name="user.sign_in_failed").exists()


@pytest.mark.django_db
def test_browser_takes_the_person_s_language_when_it_never_chose_one(client):
    make_user("agent", email="nora@example.com", language="ar")
    answer = client.post(reverse("account_login"), {"login": "nora@example.com", "password": PASSWORD})
    assert answer.cookies[settings.LANGUAGE_COOKIE_NAME].value == "ar"


@pytest.mark.django_db
def test_chosen_language_stays_when_a_person_with_another_one_signs_in(client):
    make_user("agent", email="nora@example.com", language="ar")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    answer = client.post(reverse("account_login"), {"login": "nora@example.com", "password": PASSWORD})
    assert settings.LANGUAGE_COOKIE_NAME not in answer.cookies


@pytest.mark.django_db
def test_old_address_opens_nothing_when_an_admin_has_changed_it(client):
    user = make_user("agent", email="old@example.com")
    client.post(reverse("account_login"), {"login": "old@example.com", "password": PASSWORD})
    update_user(actor=make_user("admin").as_actor(), user_id=user.pk, changes={"email": "new@example.com"})
    client.logout()
    client.post(reverse("account_login"), {"login": "old@example.com", "password": PASSWORD})
    assert "_auth_user_id" not in client.session
    client.post(reverse("account_login"), {"login": "new@example.com", "password": PASSWORD})
    assert client.session["_auth_user_id"] == str(user.pk)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["profile", "account_change_password", "mfa_index", "usersessions_list", "account_logout"]
)
def test_account_page_opens_when_signed_in(client, name):
    client.force_login(make_user("agent"))
    assert client.get(reverse(name)).status_code == 200


@pytest.mark.django_db
def test_account_page_asks_to_sign_in_when_nobody_is(client):
    make_user("agent")
    assert client.get(reverse("profile"))["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "429", "500", "503"])
def test_error_page_renders_when_there_is_no_request(name):
    page = render_to_string(f"{name}.html")
    assert "<h1>" in page
    assert name[:3] in page


@pytest.mark.parametrize("template", HTML, ids=lambda found: str(found.relative_to(TEMPLATES)))
def test_template_obeys_the_content_policy_when_it_is_written(template: Path):
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"<[^>{]*\sstyle=", text), "style attribute"
    assert not re.search(r"<[^>{]*\son[a-z]+=", text), "inline handler"
    assert "hx-on" not in text
    assert "<style" not in text
    inline = re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", text)
    assert inline == [], "inline script"


@pytest.mark.parametrize("style", STYLES, ids=lambda found: found.name)
def test_style_sheet_uses_logical_properties_when_it_is_written(style: Path):
    physical = r"(?<![-\w])(?:(?:margin|padding|border)-(?:left|right)|left|right|text-align:\s*(?:left|right))\s*[:;]"
    assert re.findall(physical, style.read_text(encoding="utf-8")) == []


def imported_by(name: str, found: set[str]) -> set[str]:
    """The modules that `name` loads, directly and through others."""
    found.add(name)
    text = (SCRIPTS[0].parent / f"{name}.js").read_text(encoding="utf-8")
    for other in set(re.findall(r'(?:from|import) "\./(\w+)\.js"', text)) - found:
        imported_by(other, found)
    return found


def test_every_module_is_announced_when_the_page_loads_it():
    head = render_to_string("shell/head.html")
    assert set(re.findall(r'modulepreload" href="[^"]*/(\w+)\.js"', head)) == imported_by("app", set())
