"""Clients, team, settings: what an administrator and a supervisor do there."""

import pytest
from django.urls import reverse

from commanda.accounts.models import ApiKey, Role, User
from commanda.accounts.services.api_keys import authenticate_key
from commanda.customers.models import Customer
from commanda.orders.models import Store
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db


PERSON = {"name": "Lina Exemple", "email": "Lina@Example.com", "language": "ar", "password": "Tapis-volant-77"}


def test_new_person_can_sign_in(client, admin):
    answer = client.post(reverse("user_new"), PERSON | {"role": Role.objects.get(slug="agent").pk})
    assert answer.status_code == 302
    client.logout()
    assert client.login(email="lina@example.com", password=PERSON["password"])


@pytest.mark.parametrize(
    ("change", "field"),
    [({"password": "123"}, "password"), ({"email": "x"}, "email"), ({"phone_e164": "12"}, "phone_e164")],
)
def test_person_is_refused_beside_the_field_when_the_input_is_bad(client, admin, change, field):
    data = PERSON | {"role": Role.objects.get(slug="agent").pk} | change
    answer = client.post(reverse("user_new"), data)
    assert answer.status_code == 422
    assert answer.context["form"].errors[field]


def test_taken_address_is_refused_whatever_its_case(client, admin):
    make_user("agent", email="lina@example.com")
    answer = client.post(reverse("user_new"), PERSON | {"role": Role.objects.get(slug="agent").pk})
    assert answer.context["form"].errors["email"]


def edited(user, **changes):
    data = {"name": user.name, "email": user.email, "role": user.role_id, "language": "fr", "is_active": "on"} | changes
    return {key: value for key, value in data.items() if value is not None}


def test_last_administrator_cannot_be_lost(client, admin):
    answer = client.post(reverse("user", args=[admin.pk]), edited(admin, is_active=None))
    assert answer.status_code == 422
    admin.refresh_from_db()
    assert admin.is_active


def test_deactivated_person_is_signed_out_at_once(client, admin, django_user_model):
    from django.test import Client

    agent, other = make_user("agent"), Client()
    other.post(reverse("account_login"), {"login": agent.email, "password": "Sesame-ouvre-toi-1"})
    assert other.get(reverse("orders")).status_code == 200
    client.post(reverse("user", args=[agent.pk]), edited(agent, is_active=None))
    assert other.get(reverse("orders")).status_code == 302


def test_role_from_single_rights_lets_in_and_keeps_out(client, admin):
    client.post(reverse("role_new"), {"name": "Préparateur", "permissions": ["stock.view", "orders.view_all"]})
    role = Role.objects.get(name="Préparateur")
    user = User.objects.get(pk=make_user("agent").pk)
    client.post(reverse("user", args=[user.pk]), edited(user, role=role.pk))
    client.force_login(User.objects.get(pk=user.pk))
    assert client.get(reverse("orders")).status_code == 200
    assert client.get(reverse("team")).status_code == 403


def test_key_is_shown_once_and_ends_when_revoked(client, admin):
    agent = make_user("agent")
    secret = client.post(reverse("keys"), {"user": agent.pk, "name": "boutique"}).context["secret"]
    assert authenticate_key(secret).user_id == agent.pk
    assert secret not in client.get(reverse("keys")).content.decode()
    client.post(reverse("key_revoke", args=[ApiKey.objects.get().pk]))
    assert authenticate_key(secret) is None


def test_store_gets_its_own_references(client, admin):
    client.post(reverse("settings_stores"), {"name": "Atelier Rif", "reference_prefix": "rf", "is_active": "on"})
    bad = client.post(reverse("settings_stores"), {"name": "Atelier Rif", "reference_prefix": "C4"})
    assert bad.context["form"].errors["reference_prefix"]
    store = Store.objects.get(name="Atelier Rif")
    assert make_order(make_variant(), store_id=store.pk).reference.startswith("RF-")


def test_settings_pages_open(client, admin):
    for name in ("settings", "settings_calls", "settings_stores", "settings_workflow", "settings_audit", "roles"):
        assert client.get(reverse(name)).status_code == 200


def test_client_is_found_changed_and_blocked(client):
    client.force_login(make_user("supervisor"))
    make_order(make_variant(), customer_name="Zineb Exemple", phone_e164="+212611223344")
    customer = Customer.objects.get()
    for typed in ("zineb", "0611223344", "22 33 44"):
        assert [row.pk for row, _n in client.get(reverse("customers"), {"q": typed}).context["rows"]] == [customer.pk]
    url = reverse("customer", args=[customer.pk])
    client.post(url, {"name": "Zineb Alami", "address": "Rue 9", "tags": "VIP"})
    assert client.post(reverse("customer_block", args=[customer.pk])).status_code == 422
    client.post(reverse("customer_block", args=[customer.pk]), {"reason": "Refuse trois fois"})
    customer.refresh_from_db()
    assert (customer.name, customer.tags, customer.is_blocked) == ("Zineb Alami", ["VIP"], True)
    assert "Refuse trois fois" in client.get(url).content.decode()


def test_agent_sees_only_clients_of_own_orders(client):
    agent = make_user("agent")
    client.force_login(agent)
    variant = make_variant()
    own, other = make_order(variant, assignee_id=agent.pk), make_order(variant)
    assert [row.pk for row, _n in client.get(reverse("customers")).context["rows"]] == [own.customer_id]
    assert client.get(reverse("customer", args=[other.customer_id])).status_code == 404
    assert client.post(reverse("customer_block", args=[own.customer_id]), {"reason": "x"}).status_code == 403
