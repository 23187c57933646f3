"""Reading Django templates as HTML: template code becomes blanks of the same length, so that lines stay true."""

import re
from collections.abc import Callable
from html.parser import HTMLParser

CODE = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
COMMENT = re.compile(r"\{%\s*comment\b.*?%\}.*?\{%\s*endcomment\s*%\}", re.DOTALL)
TRANSLATED = re.compile(r"\{%\s*blocktrans(?:late)?\b.*?%\}.*?\{%\s*endblocktrans(?:late)?\s*%\}", re.DOTALL)
HTML_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def without_code(text: str) -> str:
    """The template's own HTML: tags, variables, comments and translated blocks are blanked out."""
    for pattern in (COMMENT, TRANSLATED, CODE, HTML_COMMENT):
        text = pattern.sub(_blank, text)
    return text


class Markup(HTMLParser):
    """Calls `on_tag(line, tag, attributes)` and `on_text(line, text, open tags)` for a template."""

    VOID = frozenset(
        {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
    )

    def __init__(
        self,
        on_tag: Callable[[int, str, list[tuple[str, str | None]]], None] | None = None,
        on_text: Callable[[int, str, list[str]], None] | None = None,
    ):
        super().__init__(convert_charrefs=True)
        self.on_tag, self.on_text = on_tag, on_text
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.on_tag:
            self.on_tag(self.getpos()[0], tag, attrs)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.on_tag:
            self.on_tag(self.getpos()[0], tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self.on_text and data.strip():
            before = data[: len(data) - len(data.lstrip())]
            self.on_text(self.getpos()[0] + before.count("\n"), data.strip(), list(self.open))
