"""CM205: an object given to a component (`:max="run.total"`) carries no filter: cotton would fall back to the default.

What a filter makes is text for the component: `max="{{ run.total|default:1 }}"`.
"""

from collections.abc import Iterator

from lints.source import Finding, Source
from lints.templating import Markup, without_code

CODE = "CM205"


def check(source: Source) -> Iterator[Finding]:
    """A filter where a component takes an object."""
    if source.kind != ".html":
        return
    found: list[tuple[int, str]] = []

    def on_tag(line: int, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag.startswith("c-") and tag != "c-vars":
            found.extend((line, name) for name, value in attributes if name.startswith(":") and "|" in (value or ""))

    Markup(on_tag=on_tag).feed(without_code(source.text))
    for line, name in found:
        yield source.finding(line, CODE, f'{name} with a filter; write {name[1:]}="{{{{ …|… }}}}"')
