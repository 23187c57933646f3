"""CM203: nothing says left or right, since pages turn around for Arabic.

In templates: no `ml-`, `mr-`, `pl-`, `pr-`, `text-left`, `float-right`, `border-left` … (Bootstrap has `ms-`, `me-`,
`text-start`). In our CSS: logical properties (`margin-inline-start`, `inset-inline-end`, `text-align: start`).
Inside `[dir=…]`, where a physical side is the point, the line says `lint-ok`.
"""

import re
from collections.abc import Iterator

from lints.source import Finding, Source
from lints.templating import Markup, without_code

CODE = "CM203"
CLASS = re.compile(r"^(?:[mp][lr]-(?:\w+-)?(?:\d|auto)|(?:text|float|border|rounded)-(?:\w+-)?(?:left|right))$")
CSS = re.compile(
    r"(?<![\w-])(?:"
    r"(?P<property>(?:scroll-)?(?:margin|padding)-(?:left|right)|border-(?:left|right)(?:-\w+)?"
    r"|border-(?:top|bottom)-(?:left|right)-radius|left|right)\s*:"
    r"|(?P<value>(?:text-align|float|clear)\s*:\s*(?:left|right)\b))"
)
CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def check(source: Source) -> Iterator[Finding]:
    """Physical directions in templates and style sheets."""
    if source.kind == ".html":
        yield from _in_template(source)
    elif source.kind == ".css":
        text = CSS_COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), source.text)
        for match in CSS.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield source.finding(line, CODE, f"{match[0].rstrip(': ')}; use a logical property")


def _in_template(source: Source) -> Iterator[Finding]:
    found: list[tuple[int, str]] = []

    def on_tag(line: int, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name in {"class", "extra_class"} and value:
                found.extend((line, token) for token in value.split() if CLASS.match(token))

    Markup(on_tag=on_tag).feed(without_code(source.text))
    for line, token in found:
        yield source.finding(line, CODE, f"class {token}; use the form with start or end")
