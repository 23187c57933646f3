"""Wrong passwords: tried too often they wait, and nobody can use that to keep others out."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from commanda.web.account import limits
from commanda.web.account.devices import COOKIE
from tests.factories import make_user
from tests.factories.people import PASSWORD

pytestmark = pytest.mark.django_db


def try_password(browser, user, password, address="192.0.2.1"):
    """Whether the person is let in."""
    sent = {"login": user.email, "password": password}
    return browser.post(reverse("account_login"), sent, REMOTE_ADDR=address).status_code == 302


def guess(user, times, address="192.0.2.1"):
    for number in range(times):
        assert not try_password(Client(), user, f"falsch-{number}", address)


def signed_out(user, address="192.0.2.7"):
    """A browser in which the person has signed in, and out again."""
    browser = Client()
    assert try_password(browser, user, PASSWORD, address)
    browser.post(reverse("account_logout"))
    return browser


def test_right_password_waits_when_many_wrong_ones_came_from_there():
    user = make_user("agent")
    guess(user, 4)
    assert try_password(Client(), user, PASSWORD)
    guess(user, 1)
    assert not try_password(Client(), user, PASSWORD)


def test_person_elsewhere_is_let_in_while_somebody_guesses():
    user = make_user("agent")
    guess(user, 12)
    assert try_password(Client(), user, PASSWORD, "198.51.100.5")


def test_colleagues_behind_the_same_address_are_let_in_while_one_guesses(monkeypatch):
    monkeypatch.setattr(limits, "ADDRESS", {"sign_in_address": "6/h/ip"})
    here = signed_out(make_user("agent"), "192.0.2.1")
    colleague = make_user("agent")
    known = signed_out(colleague, "192.0.2.1")
    for _number in range(2):
        guess(make_user("agent"), 3)
    assert not try_password(Client(), make_user("agent"), PASSWORD), "newcomers behind that address wait a minute"
    assert try_password(known, colleague, PASSWORD)
    assert not try_password(here, colleague, PASSWORD), "a known browser is known for its own people only"


def test_known_browser_is_let_in_while_all_the_world_guesses(monkeypatch):
    monkeypatch.setattr(limits, "FAR", {"sign_in_far": "6/h/key"})
    user = make_user("agent")
    known = signed_out(user)
    for number in range(6):
        guess(user, 1, f"203.0.113.{number}")
    assert not try_password(Client(), user, PASSWORD, "198.51.100.5"), "an unknown browser waits"
    assert try_password(known, user, PASSWORD, "198.51.100.5")


def test_known_browser_waits_after_ten_wrong_passwords():
    user = make_user("agent")
    thief = signed_out(user)
    for number in range(10):
        assert not try_password(thief, user, f"falsch-{number}")
    assert not try_password(thief, user, PASSWORD)


def test_cookie_of_a_known_browser_cannot_be_made_up_and_opens_nothing():
    user = make_user("agent")
    known = signed_out(user)
    assert known.cookies[COOKIE]["httponly"]
    assert known.cookies[COOKIE]["samesite"] == "Lax"
    assert known.get(reverse("orders")).status_code == 302
    guess(user, 5)
    stranger = Client()
    stranger.cookies[COOKIE] = f"{known.cookies[COOKIE].value[:-2]}xx"
    assert not try_password(stranger, user, PASSWORD)


def test_link_in_the_mail_lets_in_whatever_others_tried():
    user = make_user("agent")
    guess(user, 6)
    browser = Client()
    browser.post(reverse("account_reset_password"), {"email": user.email})
    link = re.search(r"http://testserver(/\S+)", mail.outbox[-1].body)[1]
    form = browser.get(link, follow=True).redirect_chain[-1][0]
    answer = browser.post(form, {"password1": "Tapis-volant-77", "password2": "Tapis-volant-77"})
    assert answer.status_code == 302
    assert browser.get(reverse("orders")).status_code == 200
    browser.post(reverse("account_logout"))
    assert try_password(browser, user, "Tapis-volant-77"), "the browser is known from now on"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "203.0.113.9, 198.51.100.5", "198.51.100.5"),
        (2, "203.0.113.9, 198.51.100.5, 10.0.0.2", "198.51.100.5"),
        (2, "198.51.100.5", "192.0.2.1"),
        (1, "nonsense", "192.0.2.1"),
        (1, "", "192.0.2.1"),
    ],
)
def test_address_is_what_our_own_proxies_saw(rf, settings, proxies, forwarded, address):
    from commanda.web.account.adapter import AccountAdapter

    settings.PROXIES = proxies
    request = rf.get("/", REMOTE_ADDR="192.0.2.1", headers={"X-Forwarded-For": forwarded})
    assert AccountAdapter().get_client_ip(request) == address


@pytest.mark.parametrize("password", ["court", "12345678901", "password123", "amina.exemple"])
def test_weak_password_is_refused(password):
    user = make_user("agent", email="amina.exemple@example.com")
    browser = Client()
    assert try_password(browser, user, PASSWORD)
    sent = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    assert browser.post(reverse("account_change_password"), sent).status_code == 200
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
