from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from PIL import Image

from commanda.catalog import pictures
from commanda.catalog.pictures import clean_picture
from commanda.catalog.services.products import update_product
from commanda.kernel.actor import system_actor
from commanda.kernel.errors import Invalid
from tests.factories import make_variant

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def picture(kind="PNG", size=(1200, 900), mode="RGB", **options):
    buffer = BytesIO()
    Image.new(mode, size, (0, 128, 128, 90)[: len(mode)]).save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_picture_is_drawn_anew_and_small_when_it_is_one(kind):
    result = clean_picture(BytesIO(picture(kind)))
    drawn = Image.open(BytesIO(result.read()))
    assert (drawn.format, drawn.size) == ("WEBP", (800, 600))
    assert result.name.endswith(".webp")


def test_transparency_stays_when_there_is_some():
    assert Image.open(BytesIO(clean_picture(BytesIO(picture(mode="RGBA"))).read())).mode == "RGBA"


def test_place_and_comments_are_gone_when_a_photo_carries_them():
    exif = Image.Exif()
    exif[0x0112] = 6  # lying on its side
    exif[0x010E] = "secret place"
    result = clean_picture(BytesIO(picture("JPEG", exif=exif.tobytes()))).read()
    drawn = Image.open(BytesIO(result))
    assert drawn.size == (600, 800)
    assert b"secret place" not in result
    assert not drawn.getexif()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html></html>",
        SVG,
        b"GIF89a" + b"\0" * 100,
        b"%PDF-1.4",
        picture()[:200],
        picture("GIF"),
        picture("TIFF"),
        b"\x89PNG\r\n\x1a\n" + b"\0" * 64,
    ],
    ids=["empty", "html", "svg", "broken gif", "pdf", "cut png", "gif", "tiff", "broken png"],
)
def test_file_is_refused_when_it_is_no_picture(data):
    with pytest.raises(Invalid) as caught:
        clean_picture(ContentFile(data, name="photo.png"))
    assert caught.value.code == "not_a_picture"


def test_picture_is_refused_when_it_is_too_large(monkeypatch):
    with pytest.raises(Invalid) as caught:
        clean_picture(BytesIO(b"\0" * (pictures.MAX_BYTES + 1)))
    assert caught.value.code == "picture_too_large"
    monkeypatch.setattr(pictures, "MAX_PIXELS", 1000)
    with pytest.raises(Invalid):
        clean_picture(BytesIO(picture()))


@pytest.mark.django_db
def test_old_file_goes_when_the_picture_is_replaced(settings, tmp_path, django_capture_on_commit_callbacks):
    settings.MEDIA_ROOT = tmp_path
    product = make_variant(picture=ContentFile(picture(), name="a.png")).product
    first = Path(product.picture.path)
    assert first.is_file()
    with django_capture_on_commit_callbacks(execute=True):
        changed = update_product(
            actor=system_actor("test"),
            product_id=product.pk,
            fields={"picture": ContentFile(picture("JPEG"), name="../../evil.php")},
        )
    assert not first.exists()
    assert Path(changed.picture.path).parent == tmp_path / "products"
    with django_capture_on_commit_callbacks(execute=True):
        update_product(actor=system_actor("test"), product_id=product.pk, fields={"picture": ""})
    assert not list((tmp_path / "products").iterdir())
