"""No file that is uploaded breaks a page, is kept as what it is not, or is given back as something that runs."""

import ast
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image

from commanda.catalog.models import Product
from commanda.catalog.pictures import clean_picture
from commanda.finance.models import ExpenseReceipt
from commanda.intake.headers import guess_mapping
from commanda.intake.mapping_file import write_mapping
from commanda.intake.services.sources import create_source
from commanda.kernel.errors import Invalid
from commanda.orders.attachment_content import content_type_of
from commanda.orders.models import OrderAttachment
from tests.fakes.google import FakeGoogle, make_key_file
from tests.permissions.shop import SYSTEM, build_shop
from tests.web.test_finance_expenses import typed as expense_form
from tests.web.test_products import form as product_form
from tests.web.test_products import row as product_row

SCRIPT = b"<script>alert('CMDA')</script>"


def picture(kind="PNG", size=(12, 9)):
    file = BytesIO()
    Image.new("RGB", size, "teal").save(file, kind)
    return file.getvalue()


def packed(name, size):
    """An archive that unpacks to `size` bytes of one value."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(name, b"0" * size)
    return file.getvalue()


# What it is called → its name and its content. The last ones are two things at once.
NASTY = {
    "nothing": ("vide.png", b""),
    "page": ("photo.png", b"<!DOCTYPE html><body>" + SCRIPT),
    "drawing": ("photo.svg", b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>"),
    "program": ("facture.pdf", b"MZ\x90\x00" + bytes(200)),
    "executable": ("facture.pdf", b"\x7fELF" + bytes(200)),
    "half a picture": ("photo.jpg", picture("JPEG")[:80]),
    "half a paper": ("facture.pdf", b"%PDF-1.7\n1 0 obj"),
    "bomb": ("commandes.xlsx", packed("xl/worksheets/sheet1.xml", 60_000_000)),
    "huge picture": ("photo.png", picture(size=(9000, 9000))),
    "odd name": ("../../../etc/cron.d/\u202egnp.\x00exe" + "n" * 300 + ".png", picture()),
    "old workbook": ("commandes.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
    "entities": ("cle.json", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
    "deep": ("cle.json", b"[" * 100_000),
    "picture and page": ("photo.png", picture() + SCRIPT),
    "picture and archive": ("photo.jpg", picture("JPEG") + packed("a.txt", 10)),
    "paper and page": ("facture.pdf", b"%PDF-1.4\n" + SCRIPT + b"\n%%EOF\n"),
    "page and paper": ("facture.pdf", SCRIPT + b"\n%PDF-1.4\n%%EOF\n"),
    "drawing and page": ("photo.gif", b"GIF89a/*" + bytes(20) + b"*/=1;" + SCRIPT),
}
PICTURES = {"odd name", "picture and page", "picture and archive"}
KEPT_AS_THEY_ARE = {*PICTURES, "paper and page"}
TYPES = {"image/png", "image/jpeg", "image/webp", "application/pdf"}


@pytest.fixture
def shop(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    made = build_shop()
    made.things["sheet"] = create_source(actor=SYSTEM, kind="sheet_api", name="Feuille", key_file=key_file())
    return made


@pytest.fixture
def browser(client, shop):
    """One for all: each new client would set up all middleware again."""

    def signed_in(role):
        client.cookies["sessionid"] = shop.sessions[role]
        return client

    return signed_in


# What takes a file → the function that reads it, below `web/`.
READERS = {
    "order": "orders/actions.py attach",
    "comment": "orders/actions.py comment",
    "entry": "entry/wizard.py _attach",
    "receipt": "finance/expense.py attach",
    "expense": "finance/expense.py new",
    "product": "products/editing.py _sent_forms",
    "costs": "finance/sheets.py upload",
    "ads": "ads/importing.py sheet",
    "sheet": "intake/uploads.py upload",
    "key": "intake/connecting.py new_account",
    "other key": "intake/connecting.py new_key",
    "mapping": "intake/mapping.py _start",
}


def places(shop):
    """Role, address, the field of the file, and a form in which nothing else is wrong; by what takes it."""
    reference, things = shop.mine.reference, shop.things
    variant, receipts = things["variant"], reverse("finance_receipt_add", args=[things["expense"].pk])
    product = product_form(product_row(variant.sku, "250", variant_id=str(variant.pk)), name="Tapis")
    account = {"name": "Essai", "store": str(shop.mine.store_id)}
    mapping = reverse("intake_upload_preview", args=[things["upload"].pk])
    return {
        "order": ("admin", reverse("order_attach", args=[reference]), "files", {}),
        "comment": ("admin", reverse("order_comment", args=[reference]), "files", {"text": "Voici"}),
        "entry": ("agent", reverse("entry_step", args=[things["draft"].pk, "payment"]), "proof", {"go": "back"}),
        "receipt": ("admin", receipts, "files", {}),
        "expense": ("admin", reverse("finance_expense_new"), "receipts", expense_form()),
        "product": ("admin", reverse("product_edit", args=[variant.product_id]), "picture", product),
        "costs": ("admin", reverse("finance_costs_import"), "file", {}),
        "ads": ("buyer", reverse("ads_import"), "file", {"currency": "MAD"}),
        "sheet": ("admin", reverse("intake_upload"), "file", {"source_name": "Essai"}),
        "key": ("admin", reverse("intake_new_account"), "key_file", account),
        "other key": ("admin", reverse("intake_source_key", args=[things["sheet"].pk]), "key_file", {}),
        "mapping": ("admin", mapping, "mapping_file", {"action": "start", "start": "file"}),
    }


def right_file(place, shop):
    """What the place is for."""
    if place in {"key", "other key"}:
        return "cle.json", key_file().encode()
    if place == "mapping":
        return "plan.json", write_mapping(guess_mapping([["Nom", "Téléphone", "Produit"]])).encode()
    tables = {
        "costs": f"SKU,Achat\n{shop.things['variant'].sku},12.50\n",
        "ads": "Date,Plateforme,Produit,Montant\n2026-11-01,facebook,RUG-1,50\n",
        "sheet": "Nom,Téléphone,Produit\nZineb Exemple,0612345678,RUG-1\n",
    }
    return ("table.csv", tables[place].encode()) if place in tables else ("photo.png", picture())


def key_file():
    return make_key_file(FakeGoogle(), token_uri="https://oauth2.googleapis.com/token")


def offer(shop, browser, place, file):
    """The page's answer, and whether it found anything wrong with the file."""
    role, address, field, others = places(shop)[place]
    name, content = file
    answer = browser(role).post(address, {**others, field: SimpleUploadedFile(name, content)})
    if answer.status_code == 302:
        assert "reauthenticate" not in answer["Location"]
        return answer, False
    context = answer.context or {}
    told = [context.get("error"), context.get("file_error"), *(form.errors for form in forms_of(context))]
    return answer, answer.status_code == 422 or any(told)


def forms_of(context):
    return [context[name] for name in ("form", "comment_form") if context.get(name) is not None]


@pytest.mark.django_db
def test_the_right_file_is_taken_everywhere(shop, browser):
    """Or the test below would offer its files to forms that stop at something else."""
    for place in READERS:
        with transaction.atomic():
            answer, is_refused = offer(shop, browser, place, right_file(place, shop))
            transaction.set_rollback(True)
        assert answer.status_code in {200, 302}, (place, [dict(form.errors) for form in forms_of(answer.context or {})])
        assert not is_refused, place


@pytest.mark.django_db
def test_no_file_breaks_a_page_or_is_kept_for_what_it_is_not(shop, browser):
    for what in NASTY:
        with transaction.atomic():
            refused, kept = offered_everywhere(shop, browser, what)
            transaction.set_rollback(True)
        for_papers = {"order", "comment", "entry", "receipt", "expense"}
        taken = for_papers if what in KEPT_AS_THEY_ARE else set()
        # Any text may be a sheet of one column: it is shown, and nothing is imported before its columns are chosen.
        others = {"product"} if what in PICTURES else {"sheet"} if what == "page and paper" else set()
        assert refused == set(READERS) - taken - others, what
        assert len(kept) == len(taken), what
        for file in kept:
            assert file.content_type in TYPES
            assert "/" not in file.name
            assert "\x00" not in file.name


def offered_everywhere(shop, browser, what):
    """The places that refused it in words, and the files that were kept."""
    known = {file.pk for file in kept_files()}
    refused = set()
    for place in READERS:
        answer, is_refused = offer(shop, browser, place, NASTY[what])
        assert answer.status_code in {200, 302, 422}, (what, place)
        if is_refused:
            refused.add(place)
    for product in Product.objects.exclude(picture=""):
        with product.picture.open() as file:
            assert SCRIPT not in file.read()
    return refused, [file for file in kept_files() if file.pk not in known]


def kept_files():
    return [*OrderAttachment.objects.all(), *ExpenseReceipt.objects.all()]


@pytest.mark.django_db
def test_a_file_is_given_back_to_be_saved_never_to_be_shown_as_a_page(shop, browser):
    name, content = NASTY["paper and page"]
    client = browser("admin")
    for place in ("order", "receipt"):
        _role, address, field, others = places(shop)[place]
        client.post(address, {**others, field: SimpleUploadedFile(name, content)})
    files = [
        *(reverse("order_attachment", args=[pk]) for pk in OrderAttachment.objects.values_list("pk", flat=True)),
        *(reverse("finance_receipt", args=[pk]) for pk in ExpenseReceipt.objects.values_list("pk", flat=True)),
    ]
    answers = [client.get(address) for address in files]
    given = [answer for answer in answers if answer.status_code == 200]
    assert len(given) >= 2
    for answer in given:
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Type"] in TYPES


def test_everything_that_reads_a_file_is_among_the_places():
    """A new upload must be tried, too."""
    found = set()
    web = Path(settings.PACKAGE_DIR) / "web"
    for path in web.rglob("*.py"):
        for function in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(function, ast.FunctionDef) and "request.FILES" in ast.unparse(function):
                found.add(f"{path.relative_to(web)} {function.name}")
    assert found == set(READERS.values())


QUIET = hypothesis_settings(max_examples=200, deadline=None, derandomize=True, database=None)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@QUIET
@given(at=st.integers(0, 1000), piece=st.binary(max_size=30), cut=st.integers(0, 60))
def test_any_damage_leaves_a_picture_or_a_clear_no(kind, at, piece, cut):
    whole = picture(kind)
    data = whole[: at % len(whole)] + piece + whole[at % len(whole) + cut :]
    assert content_type_of(data) in {None, *TYPES}
    try:
        clean = clean_picture(BytesIO(data))
    except Invalid as error:
        code = error.code
    else:
        code = Image.open(clean).format
    assert code in {"not_a_picture", "WEBP"}
