"""What people upload: every case ends in a clear message or a row in the inbox; no row is lost, no order is wrong."""

import io
import zipfile

import pytest

from commanda.intake.models import ImportRun, Source, StagedRow
from commanda.intake.services.import_file import import_file
from commanda.kernel.actor import system_actor
from commanda.kernel.errors import CommandaError
from commanda.orders.models import Order, OrderLine
from tests.factories import make_variant
from tests.intake.helpers import HEADER, as_csv, row, sheet

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(200)


@pytest.fixture(autouse=True)
def watch():
    return make_variant(name="Montre Atlas", sku="ATLAS", price="199.00")


@pytest.fixture
def take_in(tmp_path):
    def run(content, name="commandes.csv", **options):
        path = tmp_path / name
        path.write_bytes(content)
        report = import_file(actor=SYSTEM, path=path, **options)
        assert report.read == report.new + report.changed + report.unchanged + report.rejected
        return report

    return run


def docx():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w:document/>")
    return stream.getvalue()


def codes(number=1):
    return {problem["code"] for problem in StagedRow.objects.get(key=f"x:A{number}").problems}


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (PNG, "photo.png", "not_a_sheet"),
        (PNG, "commandes.csv", "not_a_sheet"),
        (docx(), "lettre.docx", "not_a_sheet"),
        (b"%PDF-1.7 " + bytes(100), "facture.pdf", "not_a_sheet"),
        (b"<!DOCTYPE html><html><body><table><tr><td>1</td></tr></table>", "page.xls", "html_not_sheet"),
        (b"PK\x03\x04" + bytes(50), "damaged.xlsx", "damaged"),
        (b"", "empty.csv", "empty"),
        (b"\n\n  \n", "blank.csv", "empty"),
        (b"\xef\xbb\xbf", "bom.csv", "empty"),
        (as_csv([HEADER]), "header.csv", "no_rows"),
        (as_csv([[f"c{number}" for number in range(200)], ["1"] * 200]), "wide.csv", "too_many_columns"),
        (as_csv(sheet([*row(1), *["x"] * 190])), "wide-row.csv", "too_many_columns"),
        (as_csv([["Nom", "Ville"], ["Amine", "Rabat"]]), "no-phone.csv", "mapping_no_phone"),
        (as_csv([["Nom", "Téléphone"], ["Amine", "0612345678"]]), "no-product.csv", "mapping_no_product"),
        (b'Nom,"never closed\n' + b"a,b\n" * 300, "quotes.csv", "broken_quotes"),
        (bytes(range(256)) * 4, "binary.csv", "not_a_sheet"),
    ],
)
def test_file_is_refused_with_what_to_do_when_it_is_no_usable_sheet(take_in, content, name, code):
    with pytest.raises(CommandaError) as caught:
        take_in(content, name)
    assert caught.value.code == code
    assert len(str(caught.value)) > 20
    assert not Order.objects.exists()
    assert not StagedRow.objects.exists()
    assert not ImportRun.objects.exclude(status="failed").exists()


def test_file_is_asked_for_when_there_is_none(tmp_path):
    for path in (tmp_path / "nowhere.csv", tmp_path):
        with pytest.raises(CommandaError) as caught:
            import_file(actor=SYSTEM, path=path)
        assert caught.value.code == "file_missing"


def test_rows_are_read_when_there_is_no_header(take_in):
    names = ["Amine", "Salma", "Hiba", "Yassine", "Karim", "Nora", "Ilyas", "Rim", "Sami", "Lina"]
    rows = [
        ["12/10/2026 14:00", f"06123456{at:02d}", f"{name} Exemple", "Rabat", "Montre Atlas", "199"]
        for at, name in enumerate(names)
    ]
    report = take_in(as_csv(rows))
    assert (report.new, report.rejected) == (10, 0)
    assert OrderLine.objects.filter(quantity=1, unit_price_amount=199).count() == 10


def test_second_header_is_no_order_when_two_sheets_were_pasted_together(take_in):
    report = take_in(as_csv([*sheet(row(1)), HEADER, row(2)]))
    assert (report.read, report.new, report.rejected) == (2, 2, 0)


@pytest.mark.parametrize("encoding", ["cp1256", "utf-16", "utf-16-le", "utf-8-sig", "cp1252"])
def test_letters_are_right_when_the_file_is_in_another_encoding(take_in, encoding):
    name = "Zoé Exemple" if encoding == "cp1252" else "فاطمة الزهراء مثال"
    city = "Fès" if encoding == "cp1252" else "فاس"
    header = HEADER if encoding != "cp1256" else [*HEADER[:3], "الهاتف", *HEADER[4:]]
    take_in(as_csv([header, *(row(number, nom=name, ville=city) for number in (1, 2, 3))], encoding))
    orders = Order.objects.all()
    assert {order.customer_name for order in orders} == {name}
    assert {order.city.slug for order in orders} == {"fes"}


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"telephone": "#ERROR!"}, "phone_formula_error"),
        ({"telephone": "=+212612345678"}, None),
        ({"telephone": "2,12612E+11"}, "phone_lost_digits"),
        ({"telephone": ""}, "phone_empty"),
        ({"telephone": "061234567"}, "phone_too_short"),
        ({"telephone": "0612345678 / 0698765432"}, "phone_two_numbers"),
        ({"telephone": "+33 6 12 34 56 78"}, "phone_not_moroccan"),
        ({"quantite": "-2"}, "quantity_not_positive"),
        ({"quantite": "0"}, "quantity_not_positive"),
        ({"quantite": "99999999"}, "quantity_too_large"),
        ({"quantite": "1e9"}, "quantity_unreadable"),
        ({"quantite": "beaucoup"}, "quantity_unreadable"),
        ({"prix": "-199"}, "price_negative"),
        ({"prix": "999999999999"}, "price_too_large"),
        ({"prix": "gratuit"}, "price_unreadable"),
        ({"prix": "#REF!"}, "price_formula_error"),
        ({"prix": "20 €"}, "price_currency"),
        ({"prix": "NaN"}, "price_unreadable"),
        ({"prix": "1" * 400}, "price_unreadable"),
        ({"produit": "Tapis volant"}, "unknown_product"),
        ({"produit": ""}, "product_empty"),
        ({"date": "01/05/1926"}, "date_out_of_range"),
        ({"date": "01/05/2126"}, "date_out_of_range"),
        ({"date": "10/27/2026"}, "date_month_first"),
        ({"date": "demain"}, "date_unreadable"),
    ],
)
def test_row_waits_with_its_reason_when_a_cell_is_wrong(take_in, cells, code):
    report = take_in(as_csv(sheet(row(1, **cells), row(2))))
    if code is None:
        assert report.new == 2
        return
    assert (report.new, report.rejected) == (1, 1)
    assert code in codes()
    reasons = report.rejected_rows[0]["problems"]
    assert all(reason["message"] and reason["what_to_do"] for reason in reasons)
    assert Order.objects.get().phone_e164 == "+212600000002"


def test_order_is_taken_in_without_city_when_the_city_is_unknown(take_in):
    report = take_in(as_csv(sheet(row(1, ville="Atlantide"))))
    assert report.warnings["city_unknown"] == 1
    order = Order.objects.get()
    assert (order.city, order.city_text) == (None, "Atlantide")
    assert StagedRow.objects.get().needs_look


def test_full_cell_is_kept_when_a_name_has_50000_characters(take_in):
    take_in(as_csv(sheet(row(1, nom="Z" * 50_000, adresse="é" * 50_000, remarque="x " * 25_000))))
    order = Order.objects.get()
    assert len(order.customer_name) <= 200
    assert len(order.address) <= 500
    assert StagedRow.objects.get().cells["rows"][0]["cells"]["name"] == "Z" * 50_000
    assert "text_too_long" in codes()


def test_text_stays_text_when_cells_hold_html_and_formulas(take_in):
    html, formula = "<script>alert(1)</script>", '=HYPERLINK("http://example.com";"x")'
    take_in(as_csv(sheet(row(1, nom=html, adresse=formula, remarque="@SUM(A1)", ville="+cmd|' /C calc'!A0"))))
    order = Order.objects.get()
    assert (order.customer_name, order.address, order.note) == (html, formula, "@SUM(A1)")
    assert {"html_text", "formula_text"} <= codes()


def test_row_is_taken_in_when_cells_hold_control_characters(take_in):
    strange = row(1, nom="Ami\x07ne\x1b", adresse="rue \u202e1\u200f")
    report = take_in(as_csv(sheet(strange, *(row(number) for number in range(2, 9)))))
    assert report.new == 8
    order = Order.objects.get(staged_rows__key="x:A1")
    assert (order.customer_name, order.address) == ("Amine", "rue 1")


def test_file_is_refused_when_it_holds_nul_bytes(take_in):
    with pytest.raises(CommandaError) as caught:
        take_in(as_csv(sheet(row(1, nom="A\x00mine"), row(2))))
    assert caught.value.code == "not_a_sheet"


def test_nul_bytes_are_left_out_when_a_workbook_or_api_gives_them():
    from commanda.intake.models import ImportRun
    from commanda.intake.services.run_import import execute
    from tests.intake.helpers import make_source

    class Rows:
        def rows(self):
            yield from sheet(row(1, nom="A\x00mi\ud800ne", remarque="\x00"))

    execute(actor=SYSTEM, source_id=make_source().pk, reader=Rows(), trigger=ImportRun.Trigger.UPLOAD)
    assert Order.objects.get().customer_name == "Amine"


@pytest.mark.parametrize("marks", ["\u200f", "\ufeff", "\u202a", "'"])
def test_phone_is_read_when_invisible_marks_surround_it(take_in, marks):
    take_in(as_csv(sheet(row(1, telephone=f"{marks}06-12-34-56-78{marks}"))))
    assert Order.objects.get().phone_e164 == "+212612345678"


def test_nothing_new_comes_in_when_the_same_file_comes_later_under_another_name(take_in):
    content = as_csv(sheet(row(1), row(2)))
    take_in(content, "a.csv", source_name="Boutique")
    report = take_in(content, "b.csv", source_name="Boutique")
    assert (report.new, report.unchanged) == (0, 2)
    assert Order.objects.count() == 2


def test_nothing_is_written_when_the_run_is_dry(take_in):
    content = as_csv(sheet(row(1), row(2, telephone="x")))
    report = take_in(content, dry_run=True)
    assert (report.new, report.rejected, report.run_id) == (1, 1, None)
    assert not any(model.objects.exists() for model in (Order, Source, StagedRow, ImportRun))
    take_in(content)
    report = take_in(as_csv(sheet(row(1, adresse="ailleurs"), row(2), row(3))), dry_run=True)
    assert (report.new, report.changed, report.unchanged, report.rejected) == (2, 1, 0, 0)
    assert Order.objects.count() == 1


def test_report_is_plain_data_when_it_is_asked_as_json(take_in):
    import json

    report = take_in(as_csv(sheet(row(1), row(2, telephone="x"))))
    told = json.loads(json.dumps(report.as_dict()))
    assert (told["read"], told["new"], told["rejected"], told["dry_run"]) == (2, 1, 1, False)
    assert told["rejected_rows"][0]["row"] == 3
    assert told["reasons"] == {"phone_invalid": 1}


def test_files_are_refused_when_their_name_is_that_of_a_sheet(take_in):
    from tests.intake.helpers import make_source

    make_source("Boutique", kind="sheet_link")
    with pytest.raises(CommandaError) as caught:
        take_in(as_csv(sheet(row(1))), source_name="Boutique")
    assert caught.value.code == "not_a_file_source"


def test_another_layout_is_read_on_its_own_terms_when_a_file_source_has_one(take_in):
    take_in(as_csv(sheet(row(1))), source_name="Boutique")
    other = [["Phone", "Full name", "Product", "City"], ["0611223344", "Salma Exemple", "ATLAS", "Rabat"]]
    assert take_in(as_csv(other), source_name="Boutique").new == 1
