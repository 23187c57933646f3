"""Authenticator app, recovery codes, passkeys and sessions, in a browser with a virtual authenticator."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.urls import reverse
from playwright.sync_api import expect

from tests.browsing import look_over
from tests.factories import make_user
from tests.factories.people import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def code_of(secret, steps=0):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def sign_out(page, base):
    page.goto(f"{base}/accounts/logout/")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/accounts/login/**")


def sign_in(page, user):
    page.fill("input[name=login]", user.email)
    page.fill("input[name=password]", PASSWORD)
    page.locator("form.login-form button[type=submit]").first.click()


def answer(page, code):
    page.fill("input[name=code]", code)
    page.locator("main form button[type=submit]").first.click()


def confirm(page):
    """allauth wants a password once more before anything of the second step changes."""
    page.wait_for_url("**/accounts/reauthenticate/**")
    look_over(page)
    page.fill("input[name=password]", PASSWORD)
    page.locator("main form button[type=submit]").first.click()


def test_authenticator_app_and_recovery_codes(windows, address):
    user = make_user("agent", language="fr")
    page = windows.open("/account/", user)
    page.goto(f"{address}/accounts/2fa/totp/activate/")
    confirm(page)
    page.wait_for_url("**/totp/activate/")
    look_over(page)
    secret = page.locator("#authenticator_secret").input_value()
    answer(page, code_of(secret))
    page.wait_for_url("**/accounts/2fa/recovery-codes/**")
    look_over(page)
    stored = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)
    assert secret not in str(stored.data), "sealed in the database"
    page.goto(f"{address}/accounts/2fa/recovery-codes/")
    codes = re.findall(r"\b\d{8}\b", page.locator("textarea").first.input_value())
    assert len(set(codes)) == 10
    sign_out(page, address)
    sign_in(page, user)
    page.wait_for_url("**/accounts/2fa/authenticate/**")
    look_over(page)
    answer(page, "000000")
    expect(page.locator(".invalid-feedback").first).to_be_visible()
    page.goto(f"{address}/account/")
    expect(page).to_have_url(re.compile("/accounts/2fa/authenticate/"))
    answer(page, codes[0])
    page.wait_for_url(lambda url: "/accounts/" not in url)
    page.goto(f"{address}/account/")
    expect(page).to_have_url(f"{address}/account/")
    sign_out(page, address)
    sign_in(page, user)
    page.wait_for_url("**/accounts/2fa/authenticate/**")
    answer(page, codes[0])
    expect(page.locator(".invalid-feedback").first).to_be_visible()
    answer(page, code_of(secret, 1))
    page.wait_for_url(lambda url: "/accounts/" not in url)
    page.goto(f"{address}/account/")
    expect(page).to_have_url(f"{address}/account/")


def test_passkey_lets_in_and_confirms(windows, address):
    user = make_user("admin", language="fr")
    page = windows.open("/account/", user)
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    wire.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    page.goto(f"{address}/accounts/2fa/webauthn/add/")
    confirm(page)
    page.wait_for_url("**/webauthn/add/")
    look_over(page)
    page.fill("input[name=name]", "Mon ordinateur")
    page.check("input[name=passwordless]")
    page.click("#mfa_webauthn_add")
    page.wait_for_url(lambda url: "/webauthn/add/" not in url)
    page.goto(f"{address}/accounts/2fa/webauthn/")
    expect(page.locator("main")).to_contain_text("Mon ordinateur")
    look_over(page)
    sign_out(page, address)
    page.click("#passkey_login")
    page.wait_for_url(lambda url: "/accounts/" not in url)
    page.goto(f"{address}/account/")
    expect(page).to_have_url(f"{address}/account/")
    page.goto(f"{address}{reverse('mfa_reauthenticate_webauthn')}?next=/team/keys/")
    page.click("#mfa_webauthn_reauthenticate")
    page.wait_for_url("**/team/keys/")


def test_other_sessions_end_when_asked(windows):
    user = make_user("agent", language="fr")
    here, there = windows.sign_in("/account/", user), windows.sign_in("/account/", user)
    here.goto(f"{windows.base}/accounts/sessions/")
    expect(here.locator("tbody tr")).to_have_count(2)
    look_over(here)
    here.locator("main form.form-actions button[type=submit]").click()
    here.locator(
        "dialog[open] button.btn-primary, dialog[open] button.btn-danger, .modal.show .btn-primary"
    ).first.click()
    expect(here.locator("tbody tr")).to_have_count(1)
    there.goto(f"{windows.base}/orders/")
    expect(there).to_have_url(re.compile("/accounts/login/"))


def test_team_pages_of_roles_and_keys(windows):
    admin = make_user("admin", language="ar")
    for language, width in (("fr", 1440), ("ar", 390)):
        page = windows.open("/team/keys/", admin, language=language, width=width)
        look_over(page)
        page.goto(f"{windows.base}/team/roles/new/")
        look_over(page)
    page = windows.open("/team/keys/", admin)
    page.select_option("select[name=user]", str(admin.pk))
    page.fill("input[name=name]", "Boutique")
    page.fill("input[name=expires_on]", "2099-12-31")
    page.check("input[name=permissions][value='stock.view']")
    page.locator("main form:not([action]) button[type=submit]").click()
    expect(page.locator("code.api-secret")).to_contain_text("cmd_")
    expect(page.locator("tbody tr").first).to_contain_text("2099")
