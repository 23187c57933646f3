"""No file that is uploaded breaks a page, is kept as what it is not, or is given back as something that runs."""

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
from commanda.kernel.errors import Invalid
from commanda.orders.attachment_content import content_type_of
from commanda.orders.models import OrderAttachment
from tests.permissions.shop import build_shop

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
KEPT_AS_THEY_ARE = {"odd name", "picture and page", "picture and archive", "paper and page"}
TYPES = {"image/png", "image/jpeg", "image/webp", "application/pdf"}


@pytest.fixture
def shop(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return build_shop()


@pytest.fixture
def browser(client, shop):
    """One for all: each new client would set up all middleware again."""

    def signed_in(role):
        client.cookies["sessionid"] = shop.sessions[role]
        return client

    return signed_in


def places(shop):
    """Every address that takes files: what it is called → role, address, the field of the file, the other fields."""
    reference, things = shop.mine.reference, shop.things
    product = [things["variant"].product_id]
    expense, source = [things["expense"].pk], [things["source"].pk]
    return {
        "order": ("admin", reverse("order_attach", args=[reference]), "files", {}),
        "comment": ("admin", reverse("order_comment", args=[reference]), "files", {"text": "Voici"}),
        "entry": ("agent", reverse("entry_step", args=[things["draft"].pk, "payment"]), "proof", {}),
        "receipt": ("admin", reverse("finance_receipt_add", args=expense), "files", {}),
        "expense": ("admin", reverse("finance_expense_new"), "receipts", {}),
        "product": ("admin", reverse("product_edit", args=product), "picture", {}),
        "costs": ("admin", reverse("finance_costs_import"), "file", {}),
        "expenses": ("admin", reverse("finance_expenses_import"), "file", {}),
        "ads": ("admin", reverse("ads_import"), "file", {}),
        "sheet": ("admin", reverse("intake_upload"), "file", {"source_name": "Essai"}),
        "key": ("admin", reverse("intake_new_account"), "key_file", {"name": "Essai"}),
        "mapping": ("admin", reverse("intake_source_mapping", args=source), "mapping_file", {"start": "file"}),
    }  # fmt: skip


@pytest.mark.django_db
def test_no_file_breaks_a_page_or_is_kept_for_what_it_is_not(shop, browser):
    for what in NASTY:
        with transaction.atomic():
            broken, kept = offered_everywhere(shop, browser, what)
            transaction.set_rollback(True)
        assert not broken, what
        assert bool(kept) == (what in KEPT_AS_THEY_ARE), what
        for file in kept:
            assert file.content_type in TYPES
            assert "/" not in file.name
            assert "\x00" not in file.name


def offered_everywhere(shop, browser, what):
    """The places that broke, with their answers; and the files that were kept."""
    name, content = NASTY[what]
    known = {file.pk for file in kept_files()}
    broken = {}
    for place, (role, address, field, others) in places(shop).items():
        answer = browser(role).post(address, {**others, field: SimpleUploadedFile(name, content)})
        if answer.status_code not in {200, 302, 422}:
            broken[place] = answer.status_code
    for product in Product.objects.exclude(picture=""):
        with product.picture.open() as file:
            if SCRIPT in file.read():
                broken[product] = "its picture holds a script"
    return broken, [file for file in kept_files() if file.pk not in known]


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


def test_every_field_for_files_is_among_the_places():
    """A new upload must be tried, too."""
    code = "".join(path.read_text() for path in (Path(settings.PACKAGE_DIR) / "web").rglob("*.py"))
    places_known = 12
    assert code.count("request.FILES") == places_known


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
