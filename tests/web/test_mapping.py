"""The mapping page: live preview, usual values, product formats, known layouts, files of mappings."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from commanda.intake.models import Source
from commanda.orders.models import Order
from tests.factories import make_user, make_variant
from tests.intake.helpers import as_csv, make_source, read, row, sheet

pytestmark = pytest.mark.django_db
LIVE = {"HX-Request": "true", "Accept-Language": "en"}
ROWS = [["Nom", "Téléphone", "GSM", "Prix"], ["Amine Tahiri", "", "0612345678", "398"]]


@pytest.fixture
def admin(client):
    make_variant(name="Montre Atlas", sku="ATLAS", price="199.00")
    user = make_user("admin")
    client.force_login(user)
    return user


def upload(client, content, source="Boutique"):
    file = SimpleUploadedFile("commandes.csv", content)
    return client.post(reverse("intake_upload"), {"file": file, "source_name": source})["Location"]


def standing(answer):
    """What the form would send as it stands."""
    preview, form = answer.context["preview"], answer.context["form"]
    columns = {f"column-{column.index}": column.field for column in preview.columns}
    ranks = {f"rank-{column.index}": column.rank for column in preview.used}
    values = {bound.html_name: value for bound in form if (value := bound.value()) not in (None, False, "")}
    return {**columns, **ranks, **values, "preset": preview.mapping.preset}


def test_preview_follows_what_is_typed_and_chosen(client, admin):
    address = upload(client, as_csv(ROWS))
    page = client.get(address, headers={"Accept-Language": "en"})
    assert page.context["preview"].missing == ("product",)
    assert "one product of this source" in page.content.decode()
    sent = {**standing(page), "column-1": "phone", "column-2": "phone", "default_product": "Montre Atlas"}
    sent |= {"rank-1": 0, "rank-2": 1}
    live = client.post(address, {**sent, "default_quantity": "2"}, headers=LIVE)
    text = live.content.decode()
    assert "<html" not in text
    assert "1 of the first 1 rows become orders" in text
    assert "When “Téléphone” is empty" in text
    (shown,) = live.context["preview"].rows
    assert shown.products == ["2 × Montre Atlas"]
    client.post(address, {**sent, "default_quantity": "2", "default_city": "Rabat", "action": "import"})
    order = Order.objects.get()
    assert (order.phone_e164, order.lines.get().quantity, str(order.city)) == ("+212612345678", 2, "Rabat")
    kept = Source.objects.get().mapping
    assert kept["more"]["phone"][0]["header"] == "GSM"
    assert kept["defaults"]["product"] == "Montre Atlas"


def test_columns_stay_as_chosen_when_a_usual_value_is_wrong(client, admin):
    address = upload(client, as_csv(ROWS))
    sent = {**standing(client.get(address)), "column-2": "phone2", "default_quantity": "beaucoup"}
    answer = client.post(address, {**sent, "action": "import"}, headers={"Accept-Language": "en"})
    assert answer.status_code == 422
    assert "whole number" in answer.content.decode()
    assert {column.name: column.field for column in answer.context["preview"].columns}["GSM"] == "phone2"
    assert answer.context["form"].errors["default_quantity"]
    assert not Order.objects.exists()


def test_problems_stand_in_the_cell_they_belong_to(client, admin):
    bad = sheet(row(1, telephone="#ERROR!"), row(2, produit="Inconnu", ville="Xyzville"), row(3))
    preview = client.get(upload(client, as_csv(bad))).context["preview"]
    found = {
        (shown.number, cell.column.name): [problem.code for problem in cell.problems]
        for shown in preview.rows
        for cell in shown.cells
        if cell.problems
    }
    assert found == {
        (2, "Téléphone"): ["phone_formula_error"],
        (3, "Ville"): ["city_unknown"],
        (3, "Produit"): ["unknown_product"],
    }
    assert preview.clean_qty == 1
    good = {cell.column.name: (cell.shown.text, cell.shows_original) for cell in preview.rows[2].cells}
    assert good["Téléphone"] == ("06 00 00 00 03", True)
    assert good["Nom"] == ("Client Exemple 3", False)


def test_product_cells_are_read_as_told(client, admin):
    make_variant(name="Sandale", sku="SDL", color="Noir", size="38")
    address = upload(client, as_csv(sheet(row(1, produit="38 | Noir | 2 pcs | Sandale | promo"))))
    page = client.get(address)
    assert page.context["preview"].clean_qty == 0
    parts = ["size", "color", "offer", "product", "ignore"]
    told = {"format_separator": "pipe", **{f"part_{at}": part for at, part in enumerate(parts)}}
    live = client.post(address, {**standing(page), **told}, headers=LIVE)
    (shown,) = live.context["preview"].rows
    assert shown.products == ["2 × Sandale Noir / 38"]
    client.post(address, {**standing(page), **told, "action": "import"})
    assert Source.objects.get().mapping["product_format"]["parts"] == parts
    # The file of next week is read the same way, without being told again.
    again = client.get(upload(client, as_csv(sheet(row(2, produit="38 | Noir | 1 | Sandale | promo")))))
    assert again.context["form"]["format_separator"].value() == "pipe"
    assert again.context["preview"].clean_qty == 1


def test_mapping_goes_from_one_source_to_another_through_a_file(client, admin):
    address = upload(client, as_csv(ROWS))
    sent = {**standing(client.get(address)), "column-2": "phone", "default_product": "Montre Atlas", "centimes": "on"}
    saved = client.post(address, {**sent, "action": "download"})
    assert saved["Content-Disposition"] == 'attachment; filename="boutique-mapping.json"'
    assert json.loads(saved.content)["defaults"]["product"] == "Montre Atlas"
    other = upload(client, as_csv(ROWS), source="Autre")
    file = SimpleUploadedFile("mapping.json", saved.content)
    page = client.post(other, {"action": "start", "start": "guess", "mapping_file": file})
    assert page.context["preview"].clean_qty == 1
    assert page.context["form"]["default_product"].value() == "Montre Atlas"
    assert page.context["form"]["centimes"].value() is True
    client.post(other, {**standing(page), "action": "import"})
    assert str(Order.objects.get().total_amount) == "3.98"


def test_file_that_is_no_mapping_is_refused_and_nothing_changes(client, admin):
    address = upload(client, as_csv(sheet(row(1))))
    file = SimpleUploadedFile("mapping.json", b"{}")
    answer = client.post(address, {"action": "start", "mapping_file": file}, headers={"Accept-Language": "en"})
    assert answer.status_code == 422
    assert "holds no mapping" in answer.content.decode()
    assert answer.context["preview"].clean_qty == 1


def test_mapping_of_another_source_or_layout_is_taken_when_chosen(client, admin):
    first = make_source("Première")
    read(first, sheet(row(1)))
    Source.objects.filter(pk=first.pk).update(mapping={**Source.objects.get().mapping, "centimes": True})
    address = upload(client, as_csv(sheet(row(2))))
    page = client.get(address)
    assert page.context["starts"]["sources"] == [(f"source:{first.pk}", "Première")]
    copied = client.post(address, {"action": "start", "start": f"source:{first.pk}"})
    assert copied.context["preview"].mapping.centimes
    shop = client.post(address, {"action": "start", "start": "preset:shopify"}, headers={"Accept-Language": "en"})
    assert shop.context["preview"].missing == ("phone", "product")
    assert client.post(address, {"action": "start", "start": "source:99999"}).status_code == 422
    assert client.post(address, {"action": "start", "start": "preset:zz"}).context["preview"].clean_qty == 1


def test_page_says_which_columns_are_gone_when_a_mapping_of_another_layout_is_taken(client, admin):
    first = make_source("Première")
    read(first, sheet(row(1)))
    address = upload(client, as_csv(ROWS))
    page = client.post(address, {"action": "start", "start": f"source:{first.pk}"}, headers={"Accept-Language": "en"})
    assert "Produit" in page.context["preview"].error
    assert page.context["preview"].rows == []
