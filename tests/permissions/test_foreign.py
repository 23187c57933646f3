"""What belongs to another agent is not there for you: it answers like what does not exist, at every address."""

import pytest
from django.db import transaction

from tests.permissions.addresses import addresses, ask
from tests.permissions.shop import build_shop
from tests.permissions.table import rows

# An order given to somebody else during the call: the agent is led on to the next one, as for no order at all.
LED_ON = {("call_order", "POST"): 302}
OF_AN_ORDER = {"reference", "order_id", "customer_id", "phone"}


def asked():
    """(address, method) of everything an agent may do with an order or a client of their own."""
    by_name = {address.name: address for address in addresses()}
    return [
        (by_name[name], method)
        for (name, method), words in rows().items()
        if words["agent"] in {"200", "ok"} and OF_AN_ORDER & set(by_name[name].parameters)
    ]


@pytest.mark.django_db
def test_agent_meets_nothing_of_another_agent():
    shop = build_shop()
    met = {}
    for address, method in asked():
        with transaction.atomic():
            response = ask(shop, "agent", address, method, order="theirs")
            transaction.set_rollback(True)
        if response.status_code != LED_ON.get((address.name, method), 404):
            met[address.name, method] = response.status_code
    assert not met
    assert len(asked()) > 10


@pytest.mark.django_db
def test_names_of_others_clients_stand_on_no_page_of_an_agent():
    shop = build_shop()
    secrets = [shop.theirs.phone_e164[4:], shop.theirs.customer_name, shop.theirs.reference]
    national = f"0{secrets[0]}"
    secrets.append(" ".join(national[at : at + 2] for at in range(0, 10, 2)))
    by_name = {address.name: address for address in addresses()}
    seen = {}
    for (name, method), words in rows().items():
        if method == "GET" and words["agent"] == "200":
            text = ask(shop, "agent", by_name[name], method).getvalue().decode("utf-8", "replace")
            found = [secret for secret in secrets if secret in text]
            if found:
                seen[name] = found
    assert not seen
