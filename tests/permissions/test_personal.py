"""Clients' names, phones and addresses are for those with the right to see clients, also in roles an admin invents."""

import pytest
from django.test import Client

from commanda.accounts.models import Role
from commanda.accounts.permissions import Perm
from commanda.accounts.services.api_keys import create_api_key
from tests.factories import make_user
from tests.permissions.addresses import addresses, ask
from tests.permissions.reading import text_of
from tests.permissions.shop import SYSTEM, build_shop
from tests.permissions.table import rows

# Everything that has to do with orders and goods, but not the clients.
BLIND = (
    *(Perm.ORDERS_VIEW, Perm.ORDERS_VIEW_ALL, Perm.ORDERS_EDIT, Perm.SHIPPING_SHIP, Perm.SHIPPING_RETURNS),
    *(Perm.STOCK_VIEW, Perm.CALLS_VIEW, Perm.INSIGHTS_TEAM, Perm.ORDERS_ASSIGN),
)


def sign_in(shop, role):
    user = make_user("agent", name="Emballeuse")
    user.role = role
    user.save()
    client = Client()
    client.force_login(user)
    shop.people["blind"] = user
    shop.sessions["blind"] = client.cookies["sessionid"].value
    shop.keys["blind"] = create_api_key(actor=SYSTEM, user=user, name="essai")[1]


def clients_of(shop):
    """Every spelling of every client of the shop that a page could show."""
    for order in shop.orders.values():
        national = f"0{order.phone_e164[4:]}"
        yield order.phone_e164
        yield national
        yield " ".join(national[at : at + 2] for at in range(0, 10, 2))
        yield order.customer_name
        yield order.address


@pytest.mark.django_db
def test_no_client_is_shown_to_a_role_that_may_not_see_clients():
    shop = build_shop()
    sign_in(shop, Role.objects.create(slug="blind", name="Blind", permissions=[str(right) for right in BLIND]))
    secrets = {secret for secret in clients_of(shop) if secret}
    by_name = {address.name: address for address in addresses()}
    seen, opened = {}, 0
    for name, method in rows():
        if method == "GET" and not name.startswith(("account_", "mfa_")):
            response = ask(shop, "blind", by_name[name], method)
            opened += response.status_code == 200
            text = text_of(response)
            found = sorted(secret for secret in secrets if secret in text)
            if found:
                seen[name] = found[:3]
    assert opened > 15
    assert not seen
    shown = text_of(ask(shop, "supervisor", by_name["orders"], "GET"))
    assert any(secret in shown for secret in secrets), "the search must be able to find something"


@pytest.mark.django_db
def test_order_is_not_found_by_its_client_when_the_role_may_not_see_clients():
    shop = build_shop()
    sign_in(shop, Role.objects.create(slug="blind", name="Blind", permissions=[str(right) for right in BLIND]))
    listing = next(address for address in addresses() if address.name == "orders")
    for query, is_found in [
        (shop.mine.reference, True),
        ("", True),
        (shop.mine.phone_e164[4:], False),
        ("mine", False),
    ]:
        text = text_of(ask(shop, "blind", listing, "GET", query=f"?q={query}"))
        assert (f"/orders/{shop.mine.reference}/" in text) == is_found, query
