"""Bar codes and QR codes as SVG drawings, sharp at any size and without a request of their own."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import qrcode
from django.utils.safestring import SafeString, mark_safe

from commanda.web.markup import html

# ISO/IEC 15417: the widths of bar, space, bar, space, bar, space of each of the values 0 to 102, start A and start B.
_TABLE: Final = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 "
    "123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 "
    "232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 "
    "313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 "
    "111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 "
    "111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 "
    "114311 411113 411311 113141 114131 311141 411131 211412 211214"
)
WIDTHS: Final = tuple(_TABLE.split())
START_B: Final = 104
STOP_WIDTHS: Final = "2331112"
QUIET: Final = 10  # modules left white on either side


def code128_values(text: str) -> list[int]:
    """The values of code set B: start, one per character, check. Raises `ValueError` beyond printable ASCII."""
    if not text or not all(" " <= letter <= "~" for letter in text):
        raise ValueError(text)
    values = [ord(letter) - 32 for letter in text]
    check = (START_B + sum(place * value for place, value in enumerate(values, start=1))) % 103
    return [START_B, *values, check]


@lru_cache(maxsize=1024)
def code128_svg(text: str) -> SafeString:
    """The bar code of a printable ASCII text; its height follows the style sheet."""
    widths = [*(WIDTHS[value] for value in code128_values(text)), STOP_WIDTHS]
    place, bars = QUIET, []
    for index, width in enumerate(int(digit) for digit in "".join(widths)):
        if index % 2 == 0:
            bars.append(f"M{place} 0h{width}v1h-{width}z")
        place += width
    return _drawing("code128", place + QUIET, 1, bars, text)


@lru_cache(maxsize=1024)
def qr_svg(text: str) -> SafeString:
    """The QR code of a text, with its white border."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    code.add_data(text)
    matrix = code.get_matrix()
    dots = [f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, is_dark in enumerate(row) if is_dark]
    return _drawing("qr", len(matrix), len(matrix), dots, text)


def _drawing(kind: str, width: int, height: int, shapes: Iterable[str], text: str) -> SafeString:
    return html(
        '<svg class="{}" viewBox="0 0 {} {}" preserveAspectRatio="none" shape-rendering="crispEdges" role="img"'
        ' aria-label="{}"><path d="{}"/></svg>',
        kind,
        width,
        height,
        text,
        mark_safe("".join(shapes)),  # noqa: S308 - digits and letters of ours
    )
