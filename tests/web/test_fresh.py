"""Before money, roles, keys and costs the page asks again who it is."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from commanda.accounts.models import ApiKey, Role
from commanda.audit.models import Event
from tests.factories import make_user
from tests.factories.people import PASSWORD
from tests.permissions.addresses import addresses, ask
from tests.permissions.shop import build_shop

pytestmark = pytest.mark.django_db

ASKS_BEFORE_WRITING = (
    *("finance_statement_approve", "finance_statement_reopen", "finance_statement_pay", "finance_bonuses"),
    *("finance_plan", "finance_plan_new", "finance_plan_begin", "finance_plan_copy", "finance_plan_remove"),
    *("keys", "role", "role_new", "user", "user_new"),
    *("intake_new_account", "intake_new_hook", "intake_new_script", "intake_source_key", "intake_source_hook"),
    *("ads_account_new_meta", "ads_account_new_tiktok", "ads_account_token"),
)
ASKS_BEFORE_READING = (
    *("finance_costs_export", "finance_expenses_export", "report_export", "report_rows_export", "statement_file"),
    *("user", "user_new", "intake_new_account", "intake_source_key"),
    *("ads_account_new_meta", "ads_account_new_tiktok", "ads_account_token"),
)


def grow_stale(session_key):
    """As if the sign-in had been a while ago."""
    from importlib import import_module

    from django.conf import settings

    store = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    for record in store["account_authentication_methods"]:
        record["at"] -= 3600
    store.save()


def is_asked(response):
    return response.status_code == 302 and "/accounts/reauthenticate/" in response["Location"]


def test_person_is_asked_when_the_sign_in_is_a_while_ago():
    shop = build_shop()
    by_name = {address.name: address for address in addresses()}
    wanted = [*((name, "POST") for name in ASKS_BEFORE_WRITING), *((name, "GET") for name in ASKS_BEFORE_READING)]
    with transaction.atomic():
        asked = [row for row in wanted if is_asked(ask(shop, "admin", by_name[row[0]], row[1]))]
        transaction.set_rollback(True)
    assert not asked, "nobody is asked right after signing in"
    grow_stale(shop.sessions["admin"])
    events = Event.objects.count()
    assert [row for row in wanted if not is_asked(ask(shop, "admin", by_name[row[0]], row[1]))] == []
    assert Event.objects.count() == events
    grow_stale(shop.sessions["agent"])
    assert ask(shop, "agent", by_name["statement_file"], "GET").status_code == 200, "one's own commission is no secret"


@pytest.fixture
def stale():
    browser, user = Client(), make_user("admin")
    browser.force_login(user)
    grow_stale(browser.session.session_key)
    return browser


def confirm(browser, response, password=PASSWORD):
    address = urlsplit(response["Location"])
    sent = {"password": password, "next": parse_qs(address.query)["next"][0]}
    return browser.post(address.path, sent)


def test_what_was_sent_is_done_after_the_password(stale):
    asked = stale.post(reverse("role_new"), {"name": "Emballage", "permissions": ["stock.view"]})
    assert not Role.objects.filter(name="Emballage").exists()
    assert confirm(stale, asked, "falsch").status_code == 200
    assert not Role.objects.filter(name="Emballage").exists()
    assert confirm(stale, asked).status_code == 302
    assert Role.objects.get(name="Emballage").permissions == ["stock.view"]
    assert stale.post(reverse("role_new"), {"name": "Caisse"}).status_code == 302
    assert Role.objects.filter(name="Caisse").exists(), "not asked again within the time"


def test_passwords_are_not_kept_while_asking(stale):
    stale.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    role = Role.objects.get(slug="agent").pk
    person = {
        "name": "Lina",
        "email": "lina@example.com",
        "language": "fr",
        "role": role,
        "password": "Tapis-volant-77",
    }
    asked = stale.post(reverse("user_new"), person)
    assert "Tapis-volant-77" not in str(dict(stale.session.items()))
    again = confirm(stale, asked)
    assert again["Location"] == reverse("user_new")
    assert "fill in the form again" in stale.get(again["Location"]).content.decode()


def test_part_of_a_page_sends_the_whole_browser(stale):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/team/keys/?a=1"}
    answer = stale.post(reverse("keys"), {"name": "x"}, headers=headers)
    assert answer.status_code == 204
    assert answer["HX-Redirect"] == "/accounts/reauthenticate/?next=%2Fteam%2Fkeys%2F%3Fa%3D1"
    assert not ApiKey.objects.exists()


def test_right_comes_before_the_question():
    browser = Client()
    browser.force_login(make_user("agent"))
    grow_stale(browser.session.session_key)
    assert browser.get(reverse("user_new")).status_code == 403
