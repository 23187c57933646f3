import pytest
from django.db import transaction

from tests.api.bodies import OPERATIONS
from tests.permissions.addresses import addresses, ask
from tests.permissions.shop import ROLES, build_shop
from tests.permissions.table import rows

EVERYBODY = ("anonymous", *ROLES)
WRITTEN = {200, 201, 204, 400, 409, 415, 422}


def word_for(response, method):
    """How the table says what came."""
    status = response.status_code
    if status in {301, 302, 303}:
        if "/accounts/login/" in response["Location"]:
            return "in"
        return "→" if method == "GET" else "ok"
    if method != "GET" and status in WRITTEN:
        return "ok"
    return str(status)


def answered(shop, role):
    """(address, method) → word, as it is."""
    by_name = {address.name: address for address in addresses()}
    for name, method in rows():
        if name in by_name:
            with transaction.atomic():
                yield (name, method), word_for(ask(shop, role, by_name[name], method), method)
                transaction.set_rollback(True)


def test_every_address_has_its_row():
    tabled = {name for name, _method in rows()}
    assert {address.name for address in addresses()} == tabled


def test_every_operation_of_the_api_is_tried_with_its_method():
    tabled = {(name.removeprefix("api:"), method) for name, method in rows() if name.startswith("api:")}
    assert {(name, method) for name, (method, _path, _operation) in OPERATIONS.items()} <= tabled


@pytest.mark.django_db
@pytest.mark.parametrize("role", EVERYBODY)
def test_status_is_as_tabled_for(role):
    shop = build_shop()
    wrong = {
        key: f"tabled {rows()[key][role]}, got {word}"
        for key, word in answered(shop, role)
        if rows()[key][role] != word
    }
    assert not wrong
