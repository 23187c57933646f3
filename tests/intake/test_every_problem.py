"""Every message that the inbox can show: some sheet brings it about, and the page tells it in words."""

from datetime import timedelta

import pytest
from django.urls import reverse

from commanda.catalog.services.products import VariantData, update_product
from commanda.customers.models import Customer
from commanda.customers.services.edit import block_customer
from commanda.intake.models import StagedRow
from commanda.intake.problems import PROBLEMS, Problem
from commanda.intake.services.fixing import MAX_TYPED
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import now
from commanda.orders.models import Order
from commanda.orders.services.edit import edit_order
from commanda.orders.services.merge import merge_orders
from commanda.orders.services.transition import transition_order
from commanda.web.intake.labels import PROBLEM_LABELS
from tests.factories import make_user, make_variant
from tests.intake.helpers import HEADER, make_source, read, row, sheet

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")
FUTURE = f"{now() + timedelta(days=400):%d/%m/%Y}"

# What stands in a row, by the problem that it makes; None in place of a cell leaves it empty.
ROWS = {
    "phone_empty": {"telephone": ""},
    "phone_formula_error": {"telephone": "#ERROR!"},
    "phone_lost_digits": {"telephone": "2.12612E+11"},
    "phone_too_short": {"telephone": "06-61-00"},
    "phone_too_long": {"telephone": "06123456789012"},
    "phone_not_moroccan": {"telephone": "+33612345678"},
    "phone_invalid": {"telephone": "demander au bureau"},
    "phone_two_numbers": {"telephone": "0611111111 / 0622222222"},
    "phone_from_name": {"telephone": "", "nom": "Amine 0612345678"},
    "name_empty": {"nom": ""},
    "product_empty": {"produit": ""},
    "unknown_product": {"produit": "Mntr"},
    "variant_unclear": {"produit": "Robe Souira"},
    "not_sold": {"produit": "Vieux tapis"},
    "quantity_unreadable": {"quantite": "deux ou trois"},
    "quantity_not_positive": {"quantite": "-3"},
    "quantity_too_large": {"quantite": "5000"},
    "quantity_ambiguous": {"produit": "Montre Atlas + Sac Rif", "quantite": "7"},
    "price_unreadable": {"prix": "cher"},
    "price_formula_error": {"prix": "#REF!"},
    "price_currency": {"prix": "99 €"},
    "price_negative": {"prix": "-5"},
    "price_too_large": {"prix": "99999999999"},
    "price_empty": {"prix": ""},
    "price_zero": {"prix": "0"},
    "date_unreadable": {"date": "hier soir"},
    "date_month_first": {"date": "12/25/2026"},
    "date_out_of_range": {"date": FUTURE},
    "city_empty": {"ville": "", "adresse": "au coin"},
    "city_from_address": {"ville": "", "adresse": "12 rue X Rabat"},
    "city_unknown": {"ville": "Xyztown"},
    "text_too_long": {"adresse": "rue " * 300},
    "html_text": {"remarque": "<b>vite</b>"},
    "formula_text": {"remarque": "=HYPERLINK(1)"},
    "cell_error": {"remarque": "#REF!"},
}


@pytest.fixture(autouse=True)
def goods():
    make_variant(name="Montre Atlas", sku="ATLAS", price="199.00", stock=50)
    make_variant(name="Sac Rif", sku="RIF")
    red = make_variant(name="Robe Souira", color="Rouge")
    both = [
        VariantData(variant_id=red.pk, sku=red.sku, price_amount=red.price_amount, color="Rouge"),
        VariantData(sku="ROBE-B", price_amount=red.price_amount, color="Bleu"),
    ]
    update_product(actor=SYSTEM, product_id=red.product_id, fields={}, variants=both)
    old = make_variant(name="Vieux tapis")
    update_product(actor=SYSTEM, product_id=old.product_id, fields={"is_active": False}, variants=None)


def with_columns(**cells):
    return [[*HEADER, *cells], [*row(1), *cells.values()]]


def read_one(code):
    read(make_source(), sheet(row(1, **ROWS[code])))


def second_phone():
    read(make_source(), with_columns(**{"Téléphone 2": "12"}))


def extra():
    read(make_source(), with_columns(**{"Frais de livraison": "gratuit ?"}))


def conflicting():
    read(make_source(), sheet(row(1), row(2, order_id="A1", nom="Autre")))


def repeated():
    read(make_source(), sheet(row(1), row(1)))


def changed(first, then, between):
    """A row taken in, something done with its order, and the row changed in its sheet."""
    source = make_source()
    read(source, sheet(row(1, **first)))
    between(Order.objects.get(staged_rows__key="x:A1"))
    read(source, sheet(row(1, **{**first, **then})))


def ship(order):
    for state in ("confirmed", "shipped"):
        transition_order(actor=SYSTEM, order_id=order.pk, to=state)


def merge(order):
    kept = Order.objects.get(pk=order.pk)
    read(make_source("Autre"), sheet(row(1, order_id="B1")))
    other = Order.objects.exclude(pk=kept.pk).get()
    merge_orders(actor=SYSTEM, keep_id=other.pk, merge_id=kept.pk, take_lines=False)


def too_many(order):
    transition_order(actor=SYSTEM, order_id=order.pk, to="confirmed")


def block(order):
    customer = Customer.objects.get(pk=order.customer_id)
    block_customer(actor=SYSTEM, customer_id=customer.pk, is_blocked=True, reason="Refuse")
    read(make_source("Autre"), sheet(row(1, order_id="B1")))


def not_stored(monkeypatch):
    from commanda.intake.services import write_rows
    from commanda.kernel.errors import Invalid

    def refuse(**_):
        raise Invalid("plus de place")

    monkeypatch.setattr(write_rows, "create_in_bulk", refuse)
    read(make_source(), sheet(row(1)))


STORIES = {
    "phone2_unreadable": second_phone,
    "extra_unreadable": extra,
    "conflicting_rows": conflicting,
    "duplicate_line": repeated,
    "change_unreadable": lambda: changed({}, {"telephone": "#ERROR!"}, lambda order: None),
    "change_overruled": lambda: changed(
        {},
        {"adresse": "9 rue Neuve"},
        lambda order: edit_order(actor=SYSTEM, order_id=order.pk, fields={"address": "ailleurs"}),
    ),
    "change_too_late": lambda: changed({}, {"adresse": "9 rue Neuve"}, ship),
    "change_refused": lambda: changed({}, {"quantite": "99"}, too_many),
    "change_merged": lambda: changed({}, {"quantite": "3"}, merge),
    "client_blocked": lambda: changed({}, {}, block),
}


def test_every_problem_is_told_of_here():
    assert {*ROWS, *STORIES, "not_stored"} == set(PROBLEMS)
    assert set(PROBLEM_LABELS) >= set(PROBLEMS)
    assert MAX_TYPED >= 1_000


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_problem_is_reached_and_told_in_words_when_a_sheet_brings_it(client, monkeypatch, code):
    if code == "not_stored":
        not_stored(monkeypatch)
    elif code in STORIES:
        STORIES[code]()
    else:
        read_one(code)
    found = [
        (staged, Problem.from_json(problem))
        for staged in StagedRow.objects.all()
        for problem in staged.problems
        if problem["code"] == code
    ]
    assert found, [problem["code"] for staged in StagedRow.objects.all() for problem in staged.problems]
    staged, problem = found[0]
    assert "%(" not in problem.message + problem.what_to_do
    assert "?" not in problem.params.values()
    StagedRow.objects.filter(pk=staged.pk).update(needs_look=True)  # remarks on what went through stand there, too
    client.force_login(make_user("admin", language="en"))
    page = client.get(reverse("intake_inbox"), {"problem": code}, headers={"Accept-Language": "en"})
    shown = [told for card in page.context["cards"] for told in [*card.problems, *card.warnings]]
    (told,) = [told for told in shown if told.problem.code == code][:1]
    text = page.content.decode()
    for words in (told.message, told.what_to_do if told in page.context["cards"][0].problems else told.message):
        assert words.replace("&", "&amp;").replace("<", "&lt;").replace("'", "&#x27;") in text
