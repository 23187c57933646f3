"""What an uploaded file is, told by its content alone: its name and declared type are hearsay."""

import warnings
from io import BytesIO
from typing import Final

from PIL import Image, UnidentifiedImageError

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_PIXELS: Final = 80_000_000
_PICTURES: Final = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
PDF: Final = "application/pdf"
# What the browser's file dialogue offers.
ACCEPT: Final = ".pdf,.jpg,.jpeg,.png,.webp"


def content_type_of(data: bytes) -> str | None:
    """`application/pdf`, `image/jpeg`, `image/png` or `image/webp`; None for anything else or broken."""
    if data.startswith(b"%PDF-") and b"%%EOF" in data[-2048:]:
        return PDF
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=tuple(_PICTURES)) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    return None
                content_type = _PICTURES.get(picture.format or "")
                picture.verify()
                return content_type
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        OSError,
        SyntaxError,  # what Pillow raises for a broken PNG
        ValueError,
    ):
        return None
