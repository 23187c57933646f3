"""Whatever people write stays text: every text field of a shop is filled, then every page and file is read."""

import csv
import re
import zipfile
from io import BytesIO, StringIO

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import DatabaseError, models, transaction

from tests.permissions.addresses import addresses, ask
from tests.permissions.shop import build_shop
from tests.permissions.table import rows

pytestmark = pytest.mark.django_db

# What our code compares, looks up or opens; and what has a form of its own.
NOT_TEXTS = re.compile(
    r"slug|reference|number|kind|status|state|stage|method|trigger|code|currency|timezone|language|phone|email|digest|password|secret|"
    r"prefix|token|key|hash|fingerprint|path|file|picture|content|connector|delivery_id|medium|source$|model|subject$"
)
# These must have been filled, or the test has lost its sense.
MUST = {
    "orders.Order.customer_name",
    "orders.Order.address",
    "orders.Order.note",
    "customers.Customer.name",
    "catalog.Product.name",
    "accounts.User.name",
    "accounts.Role.name",
    "accounts.ApiKey.name",
    "intake.Source.name",
    "shipping.Carrier.name",
    "ads.Campaign.name",
    "finance.CommissionPlan.name",
}


def fill(text):
    """Put `text` and a number into every text field of every row that takes it; returns the fields."""
    filled = set()
    for model in apps.get_models():
        if not model.__module__.startswith("commanda."):
            continue
        for field in model._meta.concrete_fields:
            if not is_text(field):
                continue
            for pk in list(model._base_manager.values_list("pk", flat=True)[:30]):
                value = f"{text}{pk}"
                room = getattr(field, "max_length", None) or 999
                try:
                    with transaction.atomic():
                        value = [value] if isinstance(field, ArrayField) else value[:room]
                        if model._base_manager.filter(pk=pk).update(**{field.attname: value}):
                            filled.add(f"{model._meta.label}.{field.name}")
                except DatabaseError:  # unique, checked, or a book that is never written again
                    continue
    return filled


def is_text(field):
    inner = field.base_field if isinstance(field, ArrayField) else field
    is_free = isinstance(inner, (models.CharField, models.TextField)) and not inner.choices
    return is_free and not isinstance(inner, (models.SlugField, models.EmailField)) and not NOT_TEXTS.search(field.name)


@pytest.mark.parametrize("role", ["admin", "supervisor", "agent", "buyer"])
def test_markup_in_every_field_shows_as_text(role):
    shop = build_shop()
    assert fill("<script>x()</script>") >= MUST
    for thing in [*shop.orders.values(), shop.things["variant"]]:
        thing.refresh_from_db()
    by_name = {address.name: address for address in addresses()}
    loose, shown = [], 0
    for (name, method), words in rows().items():
        if method != "GET" or words[role] != "200":
            continue
        response = ask(shop, role, by_name[name], method)
        assert response.status_code < 500, name
        if response["Content-Type"].startswith("text/html"):
            text = response.getvalue().decode()
            shown += "&lt;script&gt;x()" in text
            if re.search(r"<script>x\(", text) or re.search(r"=['\"]?[^'\"<>]*<script>x\(", text):
                loose.append(name)
    assert not loose
    assert shown > 5


def test_formulas_in_every_field_are_texts_in_every_file():
    shop = build_shop()
    assert fill("=HYPERLINK(1)") >= MUST
    for thing in [*shop.orders.values(), shop.things["variant"]]:
        thing.refresh_from_db()
    by_name = {address.name: address for address in addresses()}
    live, shown = [], 0
    for (name, method), words in rows().items():
        if method != "GET" or words["admin"] != "200":
            continue
        kinds = ("csv", "xlsx") if "kind" in by_name[name].parameters else ("",)
        for kind in kinds:
            response = ask(shop, "admin", by_name[name], method, **({"kind": kind} if kind else {}))
            body = response.getvalue()
            if response["Content-Type"].startswith("text/csv"):
                cells = [cell for row in csv.reader(StringIO(body.decode("utf-8-sig"))) for cell in row]
                shown += any("=HYPERLINK" in cell for cell in cells)
                live += [(name, cell) for cell in cells if cell.startswith(("=", "@", "\t", "\r"))]
            elif body[:2] == b"PK":
                with zipfile.ZipFile(BytesIO(body)) as book:
                    sheets = b"".join(book.read(part) for part in book.namelist() if part.startswith("xl/"))
                shown += b"=HYPERLINK" in sheets
                live += [(name, kind)] if re.search(rb"<f[ >]|<hyperlink", sheets) else []
    assert not live
    assert shown > 3
