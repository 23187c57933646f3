"""The history in the settings: words for codes, names for ids, and only what a person may see."""

import json
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from commanda.accounts.permissions import Perm
from commanda.accounts.services.roles import save_role
from commanda.audit.models import Event
from commanda.audit.services import record
from commanda.customers.models import City, Customer
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import now
from commanda.orders.services.edit import edit_order
from commanda.stock.services.documents import StockLine, receive_stock
from commanda.web.history import lines
from commanda.web.history_words import EVENTS, SUBJECTS
from tests.factories import make_actor, make_order, make_user, make_variant

pytestmark = pytest.mark.django_db


def told(**event):
    """An event as an administrator reads it in English."""
    record(**{"actor": system_actor("web"), "subject_id": 1, "changes": {}, **event})
    with translation.override("en"):
        return lines(make_actor("admin"), [Event.objects.latest("pk")])[0]


def changes(line):
    return [(change.label, change.old, change.new) for change in line.changes]


def page(client, **query):
    return client.get(reverse("settings_audit"), query)


def seen_by_pages(client):
    """How many lines all pages have together."""
    cursor, seen = "", 0
    while cursor is not None:
        answer = page(client, after=cursor)
        assert answer.status_code == 200
        assert "<b>" not in answer.content.decode()
        seen += len(answer.context["lines"])
        cursor = answer.context["page"].next_cursor
    return seen


def test_state_city_and_money_stand_in_words(client, admin):
    order, city = make_order(make_variant()), City.objects.get(name_fr="Rabat")
    edit_order(
        actor=make_actor("admin"), order_id=order.pk, fields={"city_id": city.pk, "discount_amount": Decimal("9.50")}
    )
    with translation.override("en"):
        line = lines(make_actor("admin"), list(Event.objects.filter(name="order.edited")))[0]
    facts = {change.label: change for change in line.changes}
    assert (line.what, line.name) == ("Order changed", order.reference)
    assert line.url == reverse("order", args=[order.reference])
    assert facts["City"].new == "Rabat"
    assert facts["Discount"].new.replace("\u202f", " ").startswith("9")
    assert "9.50" not in facts["Discount"].new


def test_a_move_tells_the_states_by_their_labels():
    line = told(name="order.moved", subject="order", changes={"state": ["new", "confirmed"]}, reason="too_expensive")
    assert changes(line) == [("State", "New", "Confirmed")]
    assert line.reason != "too_expensive"


def test_goods_are_told_by_variant_and_quantity(client, admin):
    variants = [make_variant(), make_variant()]
    receive_stock(actor=make_actor("admin"), lines=[StockLine(variant.pk, 3) for variant in variants])
    line = lines(make_actor("admin"), [Event.objects.get(name="stock.receipt")])[0]
    (goods,) = line.changes
    assert goods.old is None
    assert all(f"{variant.label}" in goods.new for variant in variants)
    assert goods.new.count("+3") == 2


def test_rights_are_told_as_given_and_taken(client, admin):
    role = save_role(actor=make_actor("admin"), name="Aide", permissions=[Perm.STOCK_VIEW])
    save_role(actor=make_actor("admin"), name="Aide", permissions=[Perm.ADS_ENTER], role_id=role.pk)
    with translation.override("en"):
        line = lines(make_actor("admin"), [Event.objects.filter(name="role.saved").latest("pk")])[0]
        assert changes(line) == [("Rights", None, f"+ {Perm.ADS_ENTER.label}, − {Perm.STOCK_VIEW.label}")]


def test_rows_of_a_plan_are_told_by_their_columns():
    variant = make_variant()
    rate = {"trigger": "delivered", "product_id": variant.product_id, "amount": "8.00", "ratio": None}
    line = told(name="finance.plan_saved", subject="finance.commission_plan", changes={"lines": [None, [rate]]})
    ((label, old, new),) = changes(line)
    assert (label, old) == ("Rates", None)
    assert str(variant.product) in new
    assert "product_id" not in new
    assert "None" not in new


def test_nothing_said_is_not_shown():
    changed = {"phone": [None, ""], "name": [None, "Atlas"], "is_active": [True, False], "tracking_url": ["", None]}
    line = told(name="carrier.saved", subject="carrier", changes=changed)
    assert changes(line) == [("Name", None, "Atlas"), ("Active", "yes", "no")]


def test_whatever_was_kept_is_shown(client, admin):
    """The history has what earlier releases wrote: no value may break the page, or pass as markup."""
    names = ["state", "lines", "city_id", "permissions_", "assignee", "total", "paid_on", "<b>"]
    values = [None, [], {}, "", 0, True, [1, 2], [[1, 2], [3]], {"a": {"b": [1]}}, "é" * 900, [None, {"x": None}], -1.5]
    kept = [(subject, name, value) for subject in ("order", "user", "unknown") for name in names for value in values]
    Event.objects.bulk_create(
        Event(at=now(), name="thing.unknown", subject=subject, subject_id=10**12, changes={name: value})
        for subject, name, value in kept
    )
    assert seen_by_pages(client) == Event.objects.count()


def test_every_event_opens_with_each_subject_gone(client, admin):
    events = [(name, "order") for name in EVENTS] + [("order.edited", subject) for subject in SUBJECTS]
    for name, subject in events:
        record(actor=system_actor("cli"), name=name, subject=subject, subject_id=10**12)
    assert seen_by_pages(client) == Event.objects.count()


def test_words_find_the_event_in_the_language_of_the_reader(client, admin):
    record(actor=system_actor(), name="api_key.revoked", subject="api_key", subject_id=1)
    record(actor=system_actor(), name="carrier.saved", subject="carrier", subject_id=1)
    with translation.override("fr"):
        words = str(EVENTS["api_key.revoked"])
    client.cookies["django_language"] = "fr"
    found = page(client, q=words.upper()).context["lines"]
    assert [line.event.name for line in found] == ["api_key.revoked"]


def test_person_is_found_and_an_area_narrows_down(client, admin):
    record(
        actor=make_user("agent", name="Salma Exemple").as_actor(), name="alias.added", subject="variant", subject_id=1
    )
    record(actor=system_actor(), name="carrier.saved", subject="carrier", subject_id=1)
    assert [line.event.name for line in page(client, q="salma").context["lines"]] == ["alias.added"]
    assert [line.event.name for line in page(client, area="parcels").context["lines"]] == ["carrier.saved"]
    assert page(client, q="salma", area="parcels").context["lines"] == []
    assert len(page(client, area="no such").context["lines"]) == len(page(client).context["lines"])


def test_money_and_clients_are_kept_from_those_who_may_not_see_them(client):
    role = save_role(actor=make_actor("admin"), name="Atelier", permissions=[Perm.SETTINGS_MANAGE])
    user = make_user("agent")
    user.role = role
    user.save(update_fields=["role"])
    client.force_login(user)
    record(
        actor=system_actor(), name="finance.cost_set", subject="finance.product_cost", subject_id=1,
        changes={"amount": [None, "77.31"]},
    )  # fmt: skip
    record(
        actor=system_actor(), name="order.edited", subject="order", subject_id=1,
        changes={"customer_name": ["Nadia Exemple", "Nadia Autre"]},
    )  # fmt: skip
    make_order(make_variant(), customer_name="Nadia Exemple")
    client_id = Customer.objects.get().pk
    record(actor=system_actor(), name="customer.blocked", subject="customer", subject_id=client_id)
    text = page(client).content.decode()
    assert f"#{client_id}" in text
    assert "77,31" not in text
    assert "77.31" not in text
    assert "Nadia" not in text


def test_a_day_of_the_week_has_its_name():
    line = told(name="report.schedule_saved", subject="report.schedule", changes={"weekday": 4, "month_day": None})
    assert changes(line) == [("Weekday", None, "Friday")]


def test_page_has_the_style_sheet_of_its_parts(client, admin):
    record(actor=system_actor(), name="carrier.saved", subject="carrier", subject_id=1, changes={"name": "Atlas"})
    text = page(client).content.decode()
    assert "audit-changes" in text
    assert "css/settings" in text


def test_queries_do_not_grow_with_the_events(client, admin):
    def queries():
        with CaptureQueriesContext(connection) as found:
            assert page(client).status_code == 200
        return len(found)

    variant = make_variant()
    make_order(variant)
    page(client)
    few = queries()
    for _number in range(12):
        make_order(variant)
    assert queries() <= few


def test_page_keeps_no_code_of_the_program(client, admin):
    """None of the names under which events are kept, and no value as Python writes it."""
    order = make_order(make_variant())
    record(
        actor=system_actor("import"), name="order.inspected", subject="order", subject_id=order.pk,
        changes={"LAMPE": {"back": 1, "lost": 0, "quarantine": 0}},
    )  # fmt: skip
    text = page(client).content.decode()
    assert not [name for name in EVENTS if f">{name}<" in text]
    assert json.dumps({"back": 1})[1:-1] not in text
    assert "{&#x27;" not in text
