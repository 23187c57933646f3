"""Icons drawn into the page as SVG: the few a page needs weigh less than a font of thousands."""

import re
from functools import lru_cache
from pathlib import Path

from django.conf import settings

_PATHS = re.compile(r"<(?:path|circle|rect|line|polyline|polygon|ellipse)\b[^>]*>", re.DOTALL)
_FRAME = 'd="M0 0h24v24H0z"'
_NAME = re.compile(r"[a-z0-9-]+")
FALLBACK = "point"


def icon_folder() -> Path:
    """Where the icon set is installed."""
    return Path(settings.NODE_MODULES) / "@tabler" / "icons" / "icons"


@lru_cache(maxsize=512)
def icon_paths(name: str) -> str:
    """The drawing of an icon, without its frame; `-filled` at the end takes the filled one.

    An unknown name draws a point: a page never breaks over a picture; a test proves that no template has one.
    """
    kind, plain = ("filled", name.removesuffix("-filled")) if name.endswith("-filled") else ("outline", name)
    path = icon_folder() / kind / f"{plain}.svg"
    if not _NAME.fullmatch(name) or not path.is_file():
        return "" if name == FALLBACK else icon_paths(FALLBACK)
    shapes = _PATHS.findall(path.read_text(encoding="utf-8"))
    return "".join(shape for shape in shapes if _FRAME not in shape)
