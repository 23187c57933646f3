"""What stands in an answer, as text that two answers can be compared by."""

import re
import zipfile
from io import BytesIO
from typing import Any

# What differs between two equal answers: tokens against forgery, one-time tokens of forms, ids of requests.
RANDOM = re.compile(r"[A-Za-z0-9_-]{32,}|[0-9a-f]{8}-[0-9a-f-]{27}")
CLOCKS = frozenset({"Content-Length", "Expires", "Last-Modified"})
SCRIPTS = re.compile(r"/static/[^\"' ]+")


def text_of(response: Any) -> str:
    """Headers and body; the sheets of a workbook are unpacked."""
    body = response.getvalue()
    if body[:2] == b"PK":
        body = _sheets(body)
    head = "\n".join(f"{name}: {value}" for name, value in sorted(response.headers.items()) if name not in CLOCKS)
    text = f"{head}\n{body.decode('utf-8', 'replace')}"
    return RANDOM.sub("…", SCRIPTS.sub("/static/…", text))


def file_text(body: bytes) -> str:
    """What stands in a workbook, or in any other file."""
    return (_sheets(body) if body[:2] == b"PK" else body).decode("utf-8", "replace")


def _sheets(body: bytes) -> bytes:
    with zipfile.ZipFile(BytesIO(body)) as book:
        return b"\n".join(book.read(name) for name in book.namelist() if name.startswith("xl/"))


def spellings(integer: int) -> re.Pattern[str]:
    """Any way of writing an amount of so many whole dirhams: 98765, 98 765,43, 98,765.43, 98.765."""
    digits = f"{integer:,}".split(",")
    return re.compile(r"(?<!\d)" + r"[\s.,'’\u00a0\u202f\u066c]?".join(digits) + r"(?!\d)")
