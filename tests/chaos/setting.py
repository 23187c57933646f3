"""Furnishes a new shop for the load, and prints what its clients need to know, as JSON. A process of its own."""

import json
import sys

STOCK = 90_000
CALLS = 3_000


def main():
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.test import Client
    from django.test.utils import setup_test_environment
    from django.urls import reverse

    from commanda.accounts.services.api_keys import create_api_key
    from commanda.confirmation.models import CallPolicy
    from commanda.kernel.actor import system_actor
    from commanda.orders.services.assign import assign_orders
    from commanda.orders.services.create import create_orders
    from tests.factories import make_user, make_variant, order_draft
    from tests.intake.hook_helpers import make_hook
    from tests.web.uploads import choices, post_file

    setup_test_environment()
    system = system_actor("test")
    admin, agent = make_user("admin"), make_user("agent")
    variants = [make_variant(sku=f"CHAOS-{number}", stock=STOCK) for number in range(6)]
    watch = make_variant(name="Montre Atlas", sku="ATLAS", stock=STOCK)
    drafts = [order_draft(watch, phone_e164=f"+2126400{number:05d}") for number in range(CALLS)]
    orders = create_orders(actor=system, drafts=drafts)
    assign_orders(actor=system, order_ids=[order.pk for order in orders], agent_id=agent.pk)
    source, secret = make_hook()
    session = SessionStore()
    session[SESSION_KEY] = str(admin.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = admin.get_session_auth_hash()
    session.create()
    client = Client()
    client.force_login(admin)
    content = "Order ID,Nom,Téléphone,Ville,Adresse,Produit,Quantité,Prix,Remarque\n"
    content += "U0,Client Exemple,0650000000,Casablanca,12,Montre Atlas,1,199,\n"
    stored = post_file(client, content.encode(), source="Fichiers")
    columns = {**choices(client.get(stored["Location"])), "action": "import"}
    assert CallPolicy.objects.exists()
    told = {
        "key": create_api_key(actor=system, user=admin, name="chaos")[1],
        "agent_key": create_api_key(actor=system, user=agent, name="chaos")[1],
        "session": session.session_key,
        "skus": [variant.sku for variant in variants],
        "product": "Montre Atlas",
        "calls": [order.reference for order in orders],
        "hook_path": reverse("intake_hook", args=[source.hook_id]),
        "hook_secret": secret,
        "source": "Fichiers",
        "columns": columns,
    }
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
