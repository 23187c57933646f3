"""What every answer tells the browser to do for the safety of people's data, and cookies that tell nobody else."""

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from commanda.config.paths import PACKAGE_DIR
from tests.factories import make_user
from tests.factories.people import PASSWORD
from tests.permissions.addresses import addresses, ask
from tests.permissions.shop import build_shop
from tests.permissions.table import rows

SOURCES = {
    *("default-src", "script-src", "style-src", "img-src", "font-src", "connect-src", "manifest-src", "worker-src"),
    *("form-action", "base-uri", "frame-ancestors"),
}
# Public and without data, or kept by whoever has the right: the only answers a cache may keep.
CACHED = {"media", "api:picture", "api:openapi"}


def faults(response, name):
    """What is missing or loose in the headers of an answer."""
    policy = dict(part.strip().partition(" ")[::2] for part in response["Content-Security-Policy"].split(";"))
    if set(policy) != SOURCES:
        yield f"policy of {sorted(set(policy) ^ SOURCES)}"
    for source in ("default-src", "frame-ancestors"):
        if policy.get(source) != "'none'":
            yield source
    loose = [word for word in ("unsafe", "*", "http:", "blob:") if word in response["Content-Security-Policy"]]
    if loose or "data:" in policy["script-src"]:
        yield f"loose policy {loose}"
    wanted = {
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Strict-Transport-Security": "max-age=31536000",
    }
    yield from (header for header, value in wanted.items() if response.get(header) != value)
    if name not in CACHED and not {"no-store", "no-cache"} & set(response["Cache-Control"].replace(",", " ").split()):
        yield f"Cache-Control: {response['Cache-Control']}"


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["anonymous", "admin"])
def test_every_answer_carries_every_header(role):
    shop = build_shop()
    by_name = {address.name: address for address in addresses()}
    wrong = {}
    with override_settings(SECURE_HSTS_SECONDS=31536000, SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")):
        browser = Client(headers={"X-Forwarded-Proto": "https"})
        for name, method in rows():
            if method == "GET" and name != "set_language":
                found = list(faults(ask(shop, role, by_name[name], method, client=browser), name))
                if found:
                    wrong[name] = found
    assert not wrong


def test_every_file_that_pages_begin_with_says_what_it_is():
    root = PACKAGE_DIR / "web" / "static"
    files = [file.relative_to(root).as_posix() for file in root.rglob("*") if file.is_file()]
    kinds = {
        file.rpartition(".")[2]: Client().get(f"/static/{file}")["Content-Type"].partition(";")[0] for file in files
    }
    assert kinds["webmanifest"] == "application/manifest+json"
    assert {"css", "js", "svg", "png"} <= set(kinds)
    assert "application/octet-stream" not in kinds.values(), kinds


def test_pages_of_errors_can_be_read_while_debugging():
    assert "Content-Security-Policy" in Client().get("/nowhere/at/all/")
    with override_settings(DEBUG=True):
        browser = Client()
        assert "Content-Security-Policy" not in browser.get("/nowhere/at/all/")
        assert "Content-Security-Policy" in browser.get("/healthz")


@pytest.mark.django_db
def test_cookies_are_for_the_server_and_this_site_alone():
    browser, user = Client(), make_user("agent")
    with override_settings(SESSION_COOKIE_SECURE=True, CSRF_COOKIE_SECURE=True):
        browser.get(reverse("account_login"))
        browser.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    cookies = {name: cookie for name, cookie in browser.cookies.items() if cookie.value}
    assert {"sessionid", "csrftoken", "device"} <= set(cookies)
    for name, cookie in cookies.items():
        assert cookie["samesite"] == "Lax", name
        assert cookie["secure"], name
        assert cookie["httponly"] or name in {"csrftoken", "django_language"}, name


def test_checker_finds_what_is_missing(rf):
    """The check of every answer can fail."""
    response = Client().get("/healthz")
    assert "Strict-Transport-Security" in list(faults(response, "healthz"))
    response["Content-Security-Policy"] = response["Content-Security-Policy"].replace(
        "script-src 'self'", "script-src 'unsafe-inline'"
    )
    assert "loose policy ['unsafe']" in list(faults(response, "healthz"))
