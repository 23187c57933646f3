"""Fields that a form or a body does not have change nothing, whatever they are called."""

import json
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.db import models, transaction
from django.test import Client
from django.urls import reverse

from commanda.accounts.models import ApiKey, Role, User
from commanda.api.openapi import describe
from commanda.orders.models import Order
from tests.api.bodies import BODIES, OPERATIONS, filled_body
from tests.permissions.addresses import addresses, arguments, ask
from tests.permissions.shop import build_shop
from tests.permissions.table import rows

pytestmark = pytest.mark.django_db

# Set by the application alone, or by a service that checks more than that the row may be seen.
GUARDED = {
    User: ("email", "password", "role_id", "is_active", "created_at"),
    Role: ("slug", "permissions"),
    ApiKey: ("user_id", "digest", "permissions", "expires_at", "revoked_at"),
    Order: (
        *("reference", "assignee_id", "total_amount", "created_at", "created_by_id", "source_id", "external_id"),
        *("confirmed_at", "shipped_at", "ended_at", "merged_into_id", "store_id"),
    ),
}


def names_of_all_fields():
    """The names of the fields of all our models, as a form would have them."""
    found = set()
    for model in apps.get_models():
        if model.__module__.startswith("commanda."):
            for field in model._meta.get_fields():
                if isinstance(field, models.Field):
                    found |= {field.name, field.attname}
    return found | {"pk", "is_staff", "is_superuser", "user_permissions", "actor", "user"}


def guarded():
    """(model, id) → the guarded values."""
    rows_of = {}
    for model, names in GUARDED.items():
        present = [name for name in names if name in {field.attname for field in model._meta.concrete_fields}]
        assert len(present) >= 2
        for pk, *values in model.objects.values_list("pk", *present):
            rows_of[model.__name__, pk] = dict(zip(present, values, strict=True))
    return rows_of


@pytest.mark.parametrize("role", ["agent", "buyer", "supervisor"])
@pytest.mark.parametrize("value", ["1", "2020-01-01"])
def test_forms_change_no_guarded_field(role, value):
    shop = build_shop()
    by_name = {address.name: address for address in addresses()}
    sent = urlencode(dict.fromkeys(sorted(names_of_all_fields()), value))
    before, changed = guarded(), {}
    for (name, method), words in rows().items():
        if method == "GET" or words[role] != "ok" or by_name[name].is_api or name in MEANT.get(role, ()):
            continue
        with transaction.atomic():
            status = ask(shop, role, by_name[name], method, sent=sent).status_code
            after = guarded()
            transaction.set_rollback(True)
        assert status < 500, name
        different = [
            (key, field, old, after[key][field])
            for key, values in before.items()
            if key in after
            for field, old in values.items()
            if after[key][field] != old
        ]
        if different:
            changed[name] = different
    assert not changed


# Forms whose very purpose is one of these fields.
MEANT = {"supervisor": ("order_assign",)}


def declared(operation):
    """The fields that the description gives to the body."""
    _method, _path, described = OPERATIONS[operation]
    schema = described["requestBody"]["content"]["application/json"]["schema"]
    return set(describe()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["properties"])


@pytest.mark.parametrize("name", BODIES)
def test_bodies_with_a_field_too_many_are_refused(name):
    shop = build_shop()
    (address,) = [address for address in addresses() if address.name == f"api:{name}"]
    body = json.loads(filled_body(name, order_id=shop.mine.pk, variant_id=shop.things["variant"].pk))
    known = arguments(shop, address)
    method = OPERATIONS[name][0]
    headers = {"Authorization": f"Bearer {shop.keys['admin']}"}
    url = reverse(address.name, kwargs=known)
    before = guarded()
    extra = sorted(names_of_all_fields() - declared(name))
    for at in range(0, len(extra), 10):
        some = extra[at : at + 10]
        sent = json.dumps(body | dict.fromkeys(some, 1))
        answer = Client().generic(method, url, sent, content_type="application/json", headers=headers)
        assert answer.status_code == 422
        assert {error["field"] for error in answer.json()["errors"]} >= set(some)
    assert guarded() == before
