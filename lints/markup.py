"""CM202: templates hold nothing that the strict content security policy would have to forbid.

No `style` attribute, no `on…` handler, no `hx-on`, no `<style>`, no `javascript:` address, and no `<script>` without
`src` (data for scripts in `type="application/json"` is not a script).
"""

from collections.abc import Iterator

from lints.source import Finding, Source
from lints.templating import Markup, without_code

CODE = "CM202"
DATA_TYPES = frozenset({"application/json", "application/ld+json"})
ADDRESSES = frozenset({"href", "src", "action", "formaction", "hx-get", "hx-post"})


def check(source: Source) -> Iterator[Finding]:
    """Inline code in a template."""
    if source.kind != ".html":
        return
    found: list[tuple[int, str]] = []

    def on_tag(line: int, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        names = {name: value or "" for name, value in attributes}
        if tag == "script" and "src" not in names and names.get("type") not in DATA_TYPES:
            found.append((line, "<script> without src"))
        if tag == "style":
            found.append((line, "<style>; write it into a CSS file"))
        for name, value in names.items():
            if name in {"style", ":style"}:
                found.append((line, "style attribute; use a class"))
            elif name.startswith(("on", "hx-on")) and name not in {"on_hand", "only"}:
                found.append((line, f"handler {name}; bind it in a script file"))
            elif name in ADDRESSES and value.strip().lower().startswith("javascript:"):
                found.append((line, "javascript: address"))

    Markup(on_tag=on_tag).feed(without_code(source.text))
    for line, message in found:
        yield source.finding(line, CODE, message)
