import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commanda.kernel.actor import system_actor
from commanda.orders.models import OrderBilling
from commanda.shipping.models import Parcel
from commanda.shipping.services.carriers import save_carrier
from commanda.shipping.services.prepare import prepare_parcels
from commanda.web.orders import printing
from commanda.web.orders.codes import code128_svg, code128_values, qr_svg
from tests.factories import make_bundle, make_order, make_user, make_variant

pytestmark = pytest.mark.django_db
KINDS = ("a4", "80mm", "label", "packing")


def printed(client, kind, *orders, lang="fr", **query):
    ids = ",".join(str(order.pk) for order in orders)
    answer = client.get(reverse("orders_print"), {"ids": ids, "kind": kind, "lang": lang} | query)
    assert answer.status_code == 200
    return answer


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("lang", "direction"), [("fr", "ltr"), ("ar", "rtl")])
def test_document_is_in_the_chosen_language_whatever_the_person_speaks(client, supervisor, kind, lang, direction):
    order = make_order((make_variant(price="1234.50"), 1), customer_name="إيمان تجربة", address="زنقة 3")
    answer = printed(client, kind, order, lang=lang)
    text = answer.content.decode()
    assert f'<html lang="{lang}" dir="{direction}">' in text
    assert answer["Content-Language"] == lang
    assert order.reference in text
    if kind != "packing":
        assert "1\u202f234,50\u00a0DH" in text


@pytest.mark.parametrize("kind", KINDS)
def test_each_chosen_order_is_one_document_in_the_order_named(client, supervisor, kind):
    variant = make_variant()
    orders = [make_order(variant) for _n in range(3)]
    text = printed(client, kind, *reversed(orders)).content.decode()
    named = re.findall(r'<article class="document[^>]*aria-label="([^"]+)"', text)
    assert named == [order.reference for order in reversed(orders)]


def test_all_that_the_filters_find_is_printed_when_every_is_asked(client, supervisor):
    variant = make_variant(stock=9)
    wanted, other = make_order(variant, state="confirmed"), make_order(variant)
    text = client.get(reverse("orders_print"), {"every": "1", "stage": "confirmed"}).content.decode()
    assert wanted.reference in text
    assert other.reference not in text


def test_only_own_orders_are_printed_for_an_agent(client):
    agent = make_user("agent")
    client.force_login(agent)
    own, other = make_order(make_variant(), assignee_id=agent.pk), make_order(make_variant())
    text = printed(client, "a4", own, other).content.decode()
    assert own.reference in text
    assert other.reference not in text


def test_client_is_left_out_when_the_person_may_not_see_clients(client, supervisor):
    role = supervisor.role
    role.permissions = [right for right in role.permissions if right != "customers.view"]
    role.save(update_fields=["permissions"])
    order = make_order(make_variant(), customer_name="Imane Exemple", phone_e164="+212655000001", address="Rue 3")
    for kind in KINDS:
        text = printed(client, kind, order).content.decode()
        assert not re.search("Imane|55 00 00 01|Rue 3", text)


@pytest.mark.parametrize("ids", ["", "x", "1,,2;", "999999999999999999999", "-1", "٣"])
def test_nothing_is_printed_in_words_when_the_ids_are_mangled(client, supervisor, ids):
    answer = client.get(reverse("orders_print"), {"ids": ids, "kind": "moon", "lang": "xx"})
    assert answer.status_code == 200
    assert answer.context["sheets"] == []


def test_company_is_billed_on_the_receipt_and_nothing_collected_when_it_pays_by_transfer(client, supervisor):
    order = make_order(make_variant())
    OrderBilling.objects.create(
        order=order, company_name="Atlas SARL", ice="001234567000089", payment_method="transfer"
    )
    receipt, label = (printed(client, kind, order).content.decode() for kind in ("a4", "label"))
    assert "Atlas SARL" in receipt
    assert "001234567000089" in receipt
    assert "DH" not in label[label.index("label-cash") : label.index("label-goods")]


def test_label_names_carrier_and_tracking_when_a_parcel_is_prepared(client, supervisor):
    order = make_order((make_variant(stock=5), 1), state="confirmed", city_text="Fès", address="Rue 3")
    carrier = save_carrier(actor=system_actor("test"), name="Express du Nord")
    prepare_parcels(actor=system_actor("test"), order_ids=[order.pk], carrier_id=carrier.pk)
    Parcel.objects.filter(order=order).update(tracking_number="TRK9", cash_amount=Decimal("77.00"))
    text = printed(client, "label", order).content.decode()
    for wanted in ("Express du Nord", "TRK9", "77,00\u00a0DH"):
        assert wanted in text


def test_packing_list_sums_the_parts_of_bundles_when_there_are_several_orders(client, supervisor):
    cup = make_variant(name="Tasse", sku="CUP", stock=50)
    bundle = make_bundle({cup: 3})
    answer = printed(client, "packing", make_order((bundle, 2)), make_order((cup, 1)))
    assert [(sku, units) for sku, _label, units in answer.context["picks"]] == [("CUP", 7)]
    assert printed(client, "packing", make_order((cup, 1))).context["picks"] == []


def test_it_says_so_when_there_are_more_orders_than_are_printed(client, supervisor, monkeypatch):
    monkeypatch.setattr(printing, "MOST_PRINTED", 2)
    variant = make_variant()
    answer = printed(client, "80mm", *(make_order(variant) for _n in range(3)))
    assert answer.context["is_cut"]
    assert len(answer.context["sheets"]) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_printing_takes_the_same_queries_for_2_and_12_orders(client, supervisor, kind):
    variant, bundle = make_variant(), make_bundle({make_variant(): 2})

    def count(number):
        orders = [make_order((variant, 1), (bundle, 1)) for _n in range(number)]
        with CaptureQueriesContext(connection) as queries:
            printed(client, kind, *orders)
        return len(queries)

    count(1)
    assert count(2) == count(12)


def test_bulk_print_leads_to_the_documents_of_the_chosen_orders(client, supervisor):
    orders = [make_order(make_variant()) for _n in range(2)]
    data = {"action": "print", "paper": "label", "ids": [order.pk for order in orders]}
    answer = client.post(reverse("orders_bulk"), data)
    assert answer.url == f"{reverse('orders_print')}?kind=label&ids={orders[0].pk},{orders[1].pk}"
    every = client.post(reverse("orders_bulk") + "?stage=new", data | {"every": "1"})
    assert every.url == f"{reverse('orders_print')}?stage=new&kind=label&every=1"


def test_code128_is_what_the_standard_says():
    assert code128_values("PJJ123C") == [104, 48, 42, 42, 17, 18, 19, 35, 55]
    with pytest.raises(ValueError, match="é"):
        code128_values("é")
    modules = re.findall(r"h(\d)v1", code128_svg("A"))
    # Start B, A, check 34, stop: the widths of their bars.
    assert [int(width) for width in modules] == [2, 1, 1, 1, 1, 2, 1, 1, 2, 2, 3, 1, 2]


def test_qr_code_names_what_it_holds():
    assert 'aria-label="CM-000001"' in qr_svg("CM-000001")
    assert Decimal(qr_svg("CM-000001").split('viewBox="0 0 ')[1].split(" ")[0]) >= 29
