"""CM204: every text that people see in a template goes through a translate tag.

Looked at are text nodes and the attributes that people read. Two letters in a row make a text. Free are names and
units that are the same in every language (`FREE`), and what stands in `<code>`, `<kbd>`, `<script>` or `<svg>`.
"""

import re
from collections.abc import Iterator

from lints.source import Finding, Source
from lints.templating import Markup, without_code

CODE = "CM204"
FREE = frozenset({"Commanda", "MAD", "DH", "SKU", "WhatsApp", "CSV", "XLSX", "API", "PDF", "TOTP", "URL", "QR", "px"})
UNREAD = frozenset({"code", "kbd", "script", "style", "svg", "template-code"})
READ = frozenset(
    {"title", "placeholder", "alt", "aria-label", "aria-description", "label", "subtitle", "help", "hint", "caption"}
    | {"data-tip", "data-confirm", "data-confirm-label", "data-key-label", "text", "button", "error"}
)
WORD = re.compile(r"[^\W\d_]{2,}")


def check(source: Source) -> Iterator[Finding]:
    """Texts that nobody can translate."""
    if source.kind != ".html":
        return
    found: list[tuple[int, str]] = []

    def on_text(line: int, text: str, open_tags: list[str]) -> None:
        if not UNREAD & set(open_tags) and _says_something(text):
            found.append((line, text))

    def on_tag(line: int, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found.extend((line, value) for name, value in attributes if name in READ and value and _says_something(value))

    Markup(on_tag=on_tag, on_text=on_text).feed(without_code(source.text))
    for line, text in found:
        yield source.finding(line, CODE, f"not translatable: {' '.join(text.split())[:50]!r}")


def _says_something(text: str) -> bool:
    return any(word not in FREE for word in WORD.findall(text))
