"""Costs on pages: list, one variant, file in and out."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commanda.finance.models import FinanceSheet, ProductCost
from commanda.finance.services.costs import set_product_cost
from commanda.intake.readers import open_file
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import today
from tests.factories import make_bundle, make_user, make_variant

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")
LIST = "/finance/costs/"
IMPORT = "/finance/costs/import/"


def typed(variant, **fields):
    return {"variant": str(variant.pk), "amount": "45,50", "valid_from_on": today().isoformat(), **fields}


def cost(variant, amount="40", *, back=0):
    day = today() - timedelta(days=back)
    return set_product_cost(actor=SYSTEM, variant_id=variant.pk, amount=Decimal(amount), valid_from_on=day)


def upload(client, text, name="costs.csv"):
    content = text if isinstance(text, bytes) else text.encode()
    return client.post(IMPORT, {"file": SimpleUploadedFile(name, content)})


def preview(client, text):
    """The preview of an uploaded file and its address."""
    answer = upload(client, text)
    assert answer.status_code == 302, answer.context["form"].errors
    return client.get(answer.url), answer.url


def test_cost_is_set_when_typed_in_its_row(client, admin):
    variant = make_variant()
    assert client.post(LIST, typed(variant, landed_amount="٤٫٥٠")).status_code == 302
    assert ProductCost.objects.get().amount == 50
    text = client.get(LIST).content.decode()
    assert "45,50" in text
    assert "149,00" in text  # the margin of 199


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", "beaucoup"),
        ("amount", "-3"),
        ("amount", "9999999"),
        ("amount", ""),
        ("landed_amount", "x"),
        ("valid_from_on", "2026-02-31"),
    ],
)
def test_error_stands_in_the_row_when_a_cost_is_wrong(client, admin, field, value):
    variant, other = make_variant(), make_variant()
    answer = client.post(LIST, typed(variant, **{field: value}))
    assert answer.status_code == 422
    forms = {row.variant.pk: form for row, form in answer.context["rows"]}
    assert field in forms[variant.pk].errors
    assert forms[other.pk] is None
    assert "invalid-feedback" in answer.content.decode()
    assert not ProductCost.objects.exists()


@pytest.mark.parametrize("variant", ["", "x", "0", "²", "9" * 30])
def test_cost_is_refused_when_the_variant_is_nonsense(client, admin, variant):
    assert client.post(LIST, {**typed(make_variant()), "variant": variant}).status_code in {404, 422}
    assert not ProductCost.objects.exists()


def test_list_shows_only_what_is_asked_for(client, admin):
    known, unknown = make_variant(name="Tapis"), make_variant(name="Lampe")
    cost(known)
    assert [row.variant for row, _form in client.get(LIST, {"show": "missing"}).context["rows"]] == [unknown]
    assert [row.variant for row, _form in client.get(LIST, {"q": "tapis"}).context["rows"]] == [known]
    for query in ({"q": "rien"}, {"q": "tapis", "show": "missing"}, {"after": "?", "show": "x"}):
        assert client.get(LIST, query).status_code == 200


def test_page_of_a_variant_shows_its_periods(client, admin):
    variant = make_variant()
    cost(variant, "30", back=10)
    cost(variant, "35")
    page = client.get(reverse("finance_cost", args=[variant.pk]))
    assert [period.cost.amount for period in page.context["history"].periods] == [35, 30]
    assert client.get(reverse("finance_cost", args=[0])).status_code == 404


def test_day_is_corrected_and_another_removed_on_the_page_of_a_variant(client, admin):
    variant = make_variant()
    cost(variant, "30", back=10)
    cost(variant, "350")
    address = reverse("finance_cost", args=[variant.pk])
    data = {"amount": "35,00", "landed_amount": "", "valid_from_on": today().isoformat()}
    assert client.post(address, data).status_code == 302
    assert client.post(address, {**data, "amount": "?"}).status_code == 422
    remove = reverse("finance_cost_remove", args=[variant.pk])
    day = (today() - timedelta(days=10)).isoformat()
    refused = client.post(remove, {"valid_from_on": day, "reason": ""})
    assert (refused.status_code, refused.context["wrong_day"].isoformat()) == (422, day)
    assert client.post(remove, {"valid_from_on": day, "reason": "Mauvais jour"}).status_code == 302
    assert [row.amount for row in ProductCost.objects.all()] == [35]
    assert "Mauvais jour" in client.get(address).content.decode()
    for nonsense in ("", "2026-02-31", "x"):
        assert client.post(remove, {"valid_from_on": nonsense, "reason": "x"}).status_code == 422
    assert client.post(remove, {"valid_from_on": day, "reason": "x"}).status_code == 404


def test_bundle_shows_the_cost_of_its_parts(client, admin):
    cup, spoon = make_variant(), make_variant()
    pack = make_bundle({cup: 2, spoon: 1})
    cost(cup, "11.50")
    address = reverse("finance_cost", args=[pack.pk])
    assert client.get(address).context["row"].amount is None
    cost(spoon, "2")
    assert client.get(address).context["row"].amount == 25
    assert "25,00" in client.get(LIST).content.decode()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_export_is_understood_when_it_is_imported_again(client, admin, kind):
    one, two = make_variant(), make_variant()
    cost(one, "1234.50", back=3)
    content = client.get(reverse("finance_costs_export", args=[kind])).getvalue()
    page, _url = preview(client, content)
    plan = page.context["plan"]
    assert ([line.sku for line in plan.same], plan.changing, plan.wrong) == ([one.sku], [], [])
    assert two.sku in str(list(open_file(content).rows()))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_template_names_the_products(client, admin, kind):
    variant = make_variant()
    content = client.get(reverse("finance_costs_template", args=[kind])).getvalue()
    assert variant.sku in str(list(open_file(content).rows()))
    refused = upload(client, content, f"t.{kind}")
    assert (refused.status_code, "file" in refused.context["form"].errors) == (422, True)


def test_file_is_imported_when_its_preview_was_looked_at(client, admin):
    old, new = make_variant(sku="OLD-1"), make_variant(sku="NEW-1")
    cost(old, "40", back=5)
    day = today().strftime("%d/%m/%Y")
    text = f'SKU;Prix d\'achat (DH);Fret;Depuis\nold-1;"12,50";1;{day}\nNEW-1;١٢٫٥٠;;\n'
    page, url = preview(client, text)
    plan = page.context["plan"]
    assert [(line.sku, line.was and line.was.amount, line.amount) for line in plan.changing] == [
        ("old-1", 40, Decimal("13.50")),
        ("NEW-1", None, Decimal("12.50")),
    ]
    assert not ProductCost.objects.filter(variant=new).exists()
    assert client.post(url, {"digest": plan.digest}).status_code == 302
    assert ProductCost.objects.get(variant=old, valid_from_on=today()).amount == Decimal("13.50")
    assert ProductCost.objects.count() == 3
    again = client.post(url, {"digest": plan.digest})
    assert (again.status_code, ProductCost.objects.count()) == (302, 3)
    assert "12,50" in client.get(LIST).content.decode()


def test_file_is_refused_whole_when_one_line_is_wrong(client, admin):
    make_variant(sku="A-1")
    text = (
        "SKU,Purchase,Freight,Valid from\nA-1,10,,\nB-9,10,,\nA-1,11,,\n,5,,\nA-1,douze,,\nA-1,-4,,01/01/2026\n"
        "A-1,5,,demain\nA-1,5 EUR,,\nA-1,,3,\nA-1,7,,01/01/1999\n"
    )
    page, url = preview(client, text)
    problems = {line.number: " ".join(line.problems) for line in page.context["plan"].wrong}
    assert sorted(problems) == [3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert " 2 " in problems[4]
    assert "douze" in problems[6]
    answer = client.post(url, {"digest": page.context["plan"].digest})
    assert answer.status_code == 422
    assert not ProductCost.objects.exists()


def test_preview_is_shown_again_when_a_cost_changed_meanwhile(client, admin):
    variant = make_variant(sku="A-1")
    page, url = preview(client, "SKU,Purchase\nA-1,10\n")
    cost(variant, "99")
    answer = client.post(url, {"digest": page.context["plan"].digest})
    assert answer.status_code == 409
    assert answer.context["plan"].changing[0].was.amount == 99
    assert client.post(url, {"digest": answer.context["plan"].digest}).status_code == 302
    assert ProductCost.objects.get().amount == 10


@pytest.mark.parametrize(
    "content",
    [b"", b"%PDF-1.4", b"<html><body>", b"\x00\x01\x02", b"Nom;Prix\nA;1\n", b"SKU,Purchase\n", b"PK\x03\x04xx"],
)
def test_error_stands_beside_the_field_when_the_file_is_no_table_of_ours(client, admin, content):
    answer = upload(client, content)
    assert answer.status_code == 422
    assert "file" in answer.context["form"].errors
    assert not FinanceSheet.objects.exists()


def test_too_many_rows_are_refused(client, admin):
    answer = upload(client, "SKU,Purchase\n" + "A-1,1\n" * 5001)
    assert "file" in answer.context["form"].errors


def test_file_of_one_kind_is_not_found_as_the_other(client, admin):
    make_variant(sku="A-1")
    _page, url = preview(client, "SKU,Purchase\nA-1,10\n")
    assert client.get(url.replace("costs", "expenses")).status_code == 404


@pytest.mark.parametrize("role", ["supervisor", "agent", "buyer"])
def test_file_stays_closed_when_the_role_is_not_admin(client, admin, role):
    make_variant(sku="A-1")
    _page, url = preview(client, "SKU,Purchase\nA-1,10\n")
    client.force_login(make_user(role))
    assert [client.get(url).status_code, client.post(url).status_code] == [403, 403]
    assert not ProductCost.objects.exists()


def test_queries_stay_the_same_when_a_file_has_more_lines(client, admin):
    def count(number):
        skus = [make_variant().sku for _n in range(number)]
        page, url = preview(client, "SKU,Purchase\n" + "".join(f"{sku},10\n" for sku in skus))
        with CaptureQueriesContext(connection) as queries:
            assert client.post(url, {"digest": page.context["plan"].digest}).status_code == 302
        return len(queries)

    count(1)
    assert count(2) == count(12)


def test_workbook_is_read_when_it_was_written_by_a_spreadsheet(client, admin):
    xlsxwriter = pytest.importorskip("xlsxwriter")
    make_variant(sku="2026")
    stream = BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet()
    for place, row in enumerate([["Coûts de mai"], [], ["Référence", "Coût", "Douane"], [2026, 12.5, 0.75]]):
        sheet.write_row(place, 0, row)
    book.close()
    page, _url = preview(client, stream.getvalue())
    (line,) = page.context["plan"].changing
    assert (line.number, line.sku, line.amount) == (4, "2026", Decimal("13.25"))
