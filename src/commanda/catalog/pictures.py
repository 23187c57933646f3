"""Pictures of products: believed by their content alone, drawn anew, small."""

import warnings
from io import BytesIO
from typing import IO, Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from commanda.kernel.errors import Invalid

MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 50_000_000
MAX_SIDE = 800
FORMATS = ("JPEG", "PNG", "WEBP")
QUALITY = 82


def clean_picture(file: IO[bytes] | Any) -> ContentFile:
    """A JPEG, PNG or WebP picture as a new WebP of at most 800 × 800, turned upright, without its metadata.

    The name and the declared type are ignored. Raises `Invalid` for anything else, for more than 5 MB, and for
    more than 50 million pixels (a small file can claim any size).
    """
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Invalid(_("The picture is larger than 5 MB."), field="picture", code="picture_too_large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return ContentFile(_redraw(data), name=f"{uuid4().hex}.webp")
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        OSError,
        SyntaxError,  # what Pillow raises for a broken PNG
        ValueError,
    ) as error:
        raise Invalid(
            _("This file is not a picture that can be read. Choose a JPEG, PNG or WebP."),
            field="picture",
            code="not_a_picture",
        ) from error


def _redraw(data: bytes) -> bytes:
    with Image.open(BytesIO(data), formats=FORMATS) as source:
        if source.width * source.height > MAX_PIXELS:
            raise Image.DecompressionBombError
        source.draft("RGB", (MAX_SIDE, MAX_SIDE))  # a large JPEG is decoded small at once
        picture = ImageOps.exif_transpose(source)
        picture.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
        has_alpha = picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info
        target = BytesIO()
        picture.convert("RGBA" if has_alpha else "RGB").save(target, "WEBP", quality=QUALITY, method=4)
        return target.getvalue()
