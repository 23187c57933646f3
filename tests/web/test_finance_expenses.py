"""Expenses on pages: list, form, one expense, receipts, file in and out."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from commanda.finance.models import Expense, ExpenseReceipt
from commanda.finance.services.expenses import add_expense
from commanda.intake.readers import open_file
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import today
from tests.factories import make_user, make_variant

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")
LIST, NEW, IMPORT = "/finance/expenses/", "/finance/expenses/new/", "/finance/expenses/import/"
PDF = b"%PDF-1.4\n%%EOF\n"
NO_ROWS = {"shares-TOTAL_FORMS": "0", "shares-INITIAL_FORMS": "0"}


def typed(**fields):
    base = {"kind": "packaging", "amount": "120", "every": "once", "spent_on": today().isoformat(), "of": "revenue"}
    return {**base, **NO_ROWS, **fields}


def parts(*rows):
    fields = {"shares-TOTAL_FORMS": str(len(rows)), "shares-INITIAL_FORMS": "0"}
    for place, (variant, ratio) in enumerate(rows):
        fields |= {f"shares-{place}-product": str(variant.product_id), f"shares-{place}-ratio": ratio}
    return fields


def add(amount="5", **fields):
    return add_expense(actor=SYSTEM, **{"kind": "rent", "amount": Decimal(amount), "spent_on": today(), **fields})


def picture():
    stream = BytesIO()
    Image.new("RGB", (4, 4)).save(stream, "PNG")
    return SimpleUploadedFile("recu.png", stream.getvalue(), content_type="text/html")


def preview(client, text):
    answer = client.post(IMPORT, {"file": SimpleUploadedFile("e.csv", text.encode())})
    assert answer.status_code == 302, answer.context["form"].errors
    return client.get(answer.url), answer.url


def test_expense_is_added_once_when_the_form_is_sent_twice(client, admin):
    for _time in range(2):
        assert client.post(NEW, typed(note="Sachets", once="t1")).status_code == 302
    assert Expense.objects.get().amount == 120
    assert "Sachets" in client.get(LIST).content.decode()


def test_recurring_expense_is_parted_when_the_form_says_so(client, admin):
    one, two = make_variant(), make_variant()
    data = typed(amount="1000", every="month", of="products") | parts((one, "33,33"), (two, "٦٦٫٦٧ %"))
    assert client.post(NEW, data).status_code == 302
    expense = Expense.objects.get()
    assert expense.every == "month"
    assert [(part.product_id, part.ratio) for part in expense.shares.order_by("pk")] == [
        (one.product_id, Decimal("0.3333")),
        (two.product_id, Decimal("0.6667")),
    ]


def test_expense_is_one_products_when_the_form_says_so(client, admin):
    variant = make_variant()
    assert client.post(NEW, typed(of="product", product=variant.product_id)).status_code == 302
    assert Expense.objects.get().product_id == variant.product_id
    # A product left in the field counts only where it is asked for.
    assert client.post(NEW, typed(of="orders", product=variant.product_id)).status_code == 302
    newest = Expense.objects.latest("pk")
    assert (newest.product_id, newest.share) == (None, "orders")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "beaucoup"}, "amount"),
        ({"spent_on": (today() + timedelta(days=1)).isoformat()}, "spent_on"),
        ({"spent_on": "2026-02-31"}, "spent_on"),
        ({"last_on": "2020-01-01"}, "last_on"),
        ({"every": "hour"}, "every"),
        ({"kind": ""}, "kind"),
        ({"of": "product"}, "product"),
        ({"of": "product", "product": "0"}, "product"),
        ({"of": "nobody"}, "of"),
        ({"of": "products"}, "__all__"),
    ],
)
def test_error_stands_beside_the_field_when_an_expense_is_wrong(client, admin, fields, field):
    answer = client.post(NEW, typed(note="Gardé", **fields))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert "Gardé" in answer.content.decode()
    assert not Expense.objects.exists()


@pytest.mark.parametrize("ratios", [("40", "40"), ("x", "60"), ("33,333", "66,667"), ("", "60"), ("-10", "110")])
def test_parts_are_refused_when_they_are_not_the_whole(client, admin, ratios):
    data = typed(of="products") | parts(*((make_variant(), ratio) for ratio in ratios))
    assert client.post(NEW, data).status_code == 422
    assert not Expense.objects.exists()


def test_rows_are_added_without_losing_anything_when_there_is_no_script(client, admin):
    data = typed(note="Gardé", add_rows="1") | parts((make_variant(), "40"))
    answer = client.post(NEW, data)
    assert (answer.status_code, len(answer.context["shares"].forms)) == (200, 4)
    assert "Gardé" in answer.content.decode()


def test_daily_share_is_told_while_typing(client, admin):
    address = reverse("finance_expense_daily")
    text = client.post(address, typed(amount="310", every="month", spent_on="2026-01-01")).content.decode()
    assert "310,00" in text
    data = typed(amount="100", spent_on="2026-01-01", last_on="2026-01-30")
    assert "3,33" in client.post(address, data).content.decode()
    for nonsense in ({"amount": "x"}, {"every": "hour"}, {"last_on": "2020-01-01"}, {"amount": "0"}):
        answer = client.post(address, typed(**nonsense))
        assert (answer.status_code, "strong" in answer.content.decode()) == (200, False)


def test_expense_counts_nothing_when_it_was_made_void(client, admin):
    expense = add()
    address = reverse("finance_expense_void", args=[expense.pk])
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "Erreur"}).status_code == 302
    assert client.post(address, {"reason": "Erreur"}).status_code == 409
    assert client.get(LIST).context["total"] == 0
    assert client.get(address).status_code == 405
    assert "Erreur" in client.get(reverse("finance_expense", args=[expense.pk])).content.decode()


def test_recurring_expense_is_stopped_on_its_page(client, admin):
    expense = add("310", every="month", spent_on=date(2026, 1, 1))
    address = reverse("finance_expense_stop", args=[expense.pk])
    for day in ("", "2026-02-31", "2025-12-31"):
        assert client.post(address, {"last_on": day}).status_code == 422
    assert client.post(address, {"last_on": "2026-01-10"}).status_code == 302
    assert client.get(LIST, {"month": "2026-01"}).context["total"] == 100
    assert client.get(LIST, {"month": "2026-02"}).context["total"] == 0


def test_correction_is_filled_in_and_takes_the_place(client, admin):
    one, two = make_variant(), make_variant()
    shares = {one.product_id: Decimal("0.4"), two.product_id: Decimal("0.6")}
    expense = add("310", every="month", spent_on=date(2026, 1, 1), shares=shares)
    address = reverse("finance_expense_correct", args=[expense.pk])
    text = client.get(address).content.decode()
    assert 'value="310"' in text
    assert 'value="40"' in text
    data = typed(amount="620", every="month", spent_on="2026-01-01", reason="", once="c1")
    assert "reason" in client.post(address, data).context["form"].errors
    answer = client.post(address, {**data, "reason": "Hausse"})
    assert answer.status_code == 302
    assert client.get(answer.url).context["expense"].replaces_id == expense.pk
    assert client.get(LIST, {"month": "2026-01"}).context["total"] == 620
    assert client.post(address, {**data, "reason": "Hausse", "once": "c2"}).status_code == 422


@pytest.mark.parametrize("month", ["2026-13", "x", "9999-12", "0001-01", "", "2026-02"])
@pytest.mark.parametrize("more", [{}, {"kind": "x", "every": "y", "product": "²", "from": "a", "to": "9999-99-99"}])
def test_month_is_this_one_when_the_address_is_nonsense(client, admin, month, more):
    assert client.get(LIST, {"month": month, **more}).status_code == 200


def test_list_and_sums_follow_the_filters(client, admin):
    variant = make_variant()
    add("310", every="month", kind="salaries", spent_on=date(2026, 1, 1))
    add("7", spent_on=date(2026, 1, 20), product_id=variant.product_id)
    month = {"month": "2026-01"}

    def found(**more):
        context = client.get(LIST, {**month, **more}).context
        return [amount for _row, amount in context["rows"]], context["total"]

    assert found() == ([7, 310], 317)
    assert found(kind="rent") == ([7], 7)
    assert found(every="recurring") == ([310], 310)
    assert found(product=str(variant.product_id)) == ([7], 7)
    assert found(**{"from": "2026-01-30", "to": "2026-01-22"}) == ([90], 90)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_export_holds_what_each_costs_in_the_period(client, admin, kind):
    add("310", every="month", spent_on=date(2026, 1, 22), note="=1+1")
    answer = client.get(reverse("finance_expenses_export", args=[kind]), {"month": "2026-01"})
    _head, row = list(open_file(answer.getvalue()).rows())
    assert {"310", "310.00"} & {str(cell) for cell in row}
    assert {"100", "100.00"} & {str(cell) for cell in row}


def test_receipts_are_kept_shown_and_removed(client, admin):
    files = [picture(), SimpleUploadedFile("../facture.pdf", PDF)]
    answer = client.post(NEW, typed(receipts=files))
    assert answer.status_code == 302
    kept, paper = ExpenseReceipt.objects.order_by("created_at", "name").order_by("-name")
    assert (kept.name, kept.content_type, paper.name) == ("recu.png", "image/png", "facture.pdf")
    address = reverse("finance_receipt", args=[paper.pk])
    assert address in client.get(answer.url).content.decode()
    download = client.get(address)
    assert download.getvalue() == PDF
    assert download["Content-Disposition"].startswith("attachment")
    assert (download["X-Content-Type-Options"], download["Cache-Control"]) == ("nosniff", "private, no-store")
    remove = reverse("finance_receipt_remove", args=[paper.pk])
    assert client.post(remove, {"reason": " "}).status_code == 422
    assert client.post(remove, {"reason": "Doublon"}).status_code == 302
    assert client.get(address).status_code == 404
    assert client.post(remove, {"reason": "Doublon"}).status_code == 404


@pytest.mark.parametrize("content", [b"", b"<script>alert(1)</script>", b"%PDF-1.4 cut", b"\x89PNG broken"])
def test_nothing_is_kept_when_a_receipt_cannot_be_read(client, admin, content):
    expense = add()
    address = reverse("finance_receipt_add", args=[expense.pk])
    files = [picture(), SimpleUploadedFile("x.pdf", content)]
    assert client.post(address, {"files": files}).status_code == 422
    assert client.post(address).status_code == 422
    assert client.post(NEW, typed(receipts=files)).status_code == 422
    assert not ExpenseReceipt.objects.exists()
    assert Expense.objects.count() == 1


def test_receipts_go_with_the_correction(client, admin):
    expense = add()
    client.post(reverse("finance_receipt_add", args=[expense.pk]), {"files": [picture()]})
    client.post(reverse("finance_expense_correct", args=[expense.pk]), typed(reason="Montant"))
    assert ExpenseReceipt.objects.get().expense.replaces_id == expense.pk


@pytest.mark.parametrize("role", ["supervisor", "agent", "buyer"])
def test_receipt_is_closed_when_the_role_is_not_admin(client, admin, role):
    expense = add()
    client.post(reverse("finance_receipt_add", args=[expense.pk]), {"files": [picture()]})
    receipt = ExpenseReceipt.objects.get()
    client.force_login(make_user(role))
    assert client.get(reverse("finance_receipt", args=[receipt.pk])).status_code == 403
    assert client.get(reverse("finance_expense", args=[expense.pk])).status_code == 403
    assert client.post(reverse("finance_receipt_remove", args=[receipt.pk]), {"reason": "x"}).status_code == 403


TABLE = """Date;Nature;Montant;Périodicité;Jusqu'au;SKU;Libellé
05/01/2026;rent;1.500,00;;;;Dépôt
06/01/2026;Packaging;"12,50";once;;RUG-9;Sachets
06/01/2026;packaging;12,5;;;RUG-9;Sachets
01/01/2026;salaries;٣٠٠٠;Every month;30/06/2026;;
"""


def test_file_is_imported_once_when_it_is_brought_twice(client, admin):
    make_variant(sku="RUG-9")
    page, url = preview(client, TABLE)
    plan = page.context["plan"]
    assert (len(plan.changing), plan.same, plan.wrong) == (4, [], [])
    assert client.post(url, {"digest": plan.digest}).status_code == 302
    assert sorted(Expense.objects.values_list("amount", "every")) == [
        (Decimal("12.50"), "once"),
        (Decimal("12.50"), "once"),
        (Decimal(1500), "once"),
        (Decimal(3000), "month"),
    ]
    assert client.post(url, {"digest": plan.digest}).status_code == 302
    again, other = preview(client, TABLE)
    assert (again.context["plan"].changing, len(again.context["plan"].same)) == ([], 4)
    assert client.post(other, {"digest": again.context["plan"].digest}).status_code == 302
    assert Expense.objects.count() == 4


def test_file_is_refused_whole_when_one_line_is_wrong(client, admin):
    text = (
        "Date,Kind,Amount,How often,SKU,Shared out,Last day\n05/01/2026,rent,10,,,,\n05/01/2026,yacht,10,,,,\n"
        "05/01/2026,rent,0,,,,\n05/01/2099,rent,10,,,,\n05/01/2026,rent,10,hourly,,,\n05/01/2026,rent,10,,NO-1,,\n"
        "05/01/2026,rent,10,,,mood,\n05/01/2026,rent,10,,,,01/01/2026\n,rent,10,,,,\n"
    )
    page, url = preview(client, text)
    assert [line.number for line in page.context["plan"].wrong] == [3, 4, 5, 6, 7, 8, 9, 10]
    assert client.post(url, {"digest": page.context["plan"].digest}).status_code == 422
    assert not Expense.objects.exists()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("language", ["fr", "ar", "en"])
def test_template_is_understood_in_every_language(client, admin, kind, language):
    admin.language = language
    admin.save(update_fields=["language"])
    content = client.get(reverse("finance_expenses_template", args=[kind])).getvalue()
    answer = client.post(IMPORT, {"file": SimpleUploadedFile(f"t.{kind}", content)})
    assert answer.status_code == 302, answer.context["form"].errors
    assert client.get(answer.url).context["plan"].wrong == []


def test_queries_stay_the_same_when_there_are_more_expenses(client, admin):
    variant = make_variant()

    def count(number):
        for _time in range(number):
            add(product_id=variant.product_id)
            add(every="month")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(LIST).status_code == 200
        return len(queries)

    count(1)
    assert count(1) == count(9)
