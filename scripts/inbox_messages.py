"""The table of every message that sources and the inbox can show: docs/guide/inbox-messages.md.

python scripts/inbox_messages.py [--out docs/guide/inbox-messages.md]

Messages are taken from the code, what to do from the code or, where the code says it in the message only, from
`scripts/inbox_advice.py`. A test compares the page with both, so that it is never stale.
"""

import argparse
import ast
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scripts import inbox_advice  # noqa: E402

PAGE: Final = ROOT / "docs" / "guide" / "inbox-messages.md"
SERVICES: Final = ROOT / "src" / "commanda" / "intake" / "services"
_PLACEHOLDER: Final = re.compile(r"%\(\w+\)[sd]")
_ERRORS: Final = {"Invalid", "Conflict", "NotFound"}

INTRODUCTION: Final = """\
# Messages of sources and of the inbox

Every message with what to do. Find yours with Ctrl+F; “…” stands for the words of your sheet. The last column is the
code that the API and the log use. How to connect a sheet:
[Connect your sheet](connect-your-sheet.md).

*Made from the code by `python scripts/inbox_messages.py`: change the texts there, not here.*
"""


class Message(NamedTuple):
    code: str
    text: str
    what_to_do: str


class Section(NamedTuple):
    """A table of the page; `messages` reads the code when it is asked."""

    title: str
    about: str
    messages: Callable[[], list[Message]]


def inbox(severity: str) -> list[Message]:
    # Here and below: Django has to be set up before these are imported.
    from commanda.intake.problems import PROBLEMS

    return [
        Message(code, str(text.message), str(text.what_to_do))
        for code, text in PROBLEMS.items()
        if text.severity == severity
    ]


def notes() -> list[Message]:
    from commanda.intake.headers import NOTES

    return [Message(code, str(text), inbox_advice.NOTES[code]) for code, text in NOTES.items()]


def failures() -> list[Message]:
    from commanda.intake.failures import FAILURES

    return [Message(code, str(text), inbox_advice.FAILURES[code]) for code, text in FAILURES.items()]


def answers() -> list[Message]:
    from commanda.intake.deliveries import DELIVERY_PROBLEMS, BadSignature, StaleSignature

    texts = {error.code: str(error.default_text) for error in (BadSignature, StaleSignature)}
    texts |= {code: str(text) for code, text in DELIVERY_PROBLEMS.items()}
    texts |= dict(refused_in(SERVICES / "hooks_receive.py"))
    return [Message(code, text, inbox_advice.ANSWERS[code]) for code, text in texts.items()]


def many() -> list[Message]:
    from commanda.intake.services.mend_many import REFUSALS

    return [Message(code, str(text), inbox_advice.MANY[code]) for code, text in REFUSALS.items()]


def refusals() -> list[Message]:
    """What the pages of sources and the inbox refuse, as the services say it."""

    files = sorted(path for path in SERVICES.glob("*.py") if path.name != "hooks_receive.py")
    found = dict.fromkeys(pair for path in files for pair in refused_in(path))
    return [Message(code, text, inbox_advice.REFUSALS[text]) for code, text in found]


def refused_in(path: Path) -> Iterator[tuple[str, str]]:
    """Code and text of each refusal that a module makes, in their order."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _ERRORS):
            continue
        match node.args:
            case [ast.Call(func=ast.Name(id="_"), args=[ast.Constant(value=str(text))])]:
                default = {"Invalid": "invalid", "Conflict": "conflict", "NotFound": "not_found"}[node.func.id]
                codes = [word.value.value for word in node.keywords if word.arg == "code"]  # type: ignore[attr-defined]
                yield (codes or [default])[0], text


SECTIONS: Final = (
    Section(
        "Rows that wait for you",
        "The row is kept, no order is made yet. Mend the cell in the inbox; or mend it in the sheet: "
        "the next reading takes it.",
        lambda: inbox("reject"),
    ),
    Section(
        "Remarks",
        "The order is made all the same; the remark stands with the order and the row.",
        lambda: inbox("warn"),
    ),
    Section("Under “Check the columns”", "Said before anything is imported.", notes),
    Section(
        "A source that cannot be read or written to",
        "Shown on the source, in the history of its imports and on the card “Write back to the sheet”. Nothing that "
        "was imported is touched, and nothing is lost: the next reading takes up what is missing.",
        failures,
    ),
    Section(
        "Answers of a web hook",
        "Sent to the program that sends orders, as JSON with the code; each means that nothing was stored.",
        answers,
    ),
    Section("Many rows at once", "Shown beside a row of the inbox that could not follow.", many),
    Section("When a page refuses", "Shown beside the field; what you typed stays.", refusals),
)


def page() -> str:
    """The whole page."""
    parts = [INTRODUCTION]
    for section in SECTIONS:
        lines = [f"## {section.title}", "", section.about, "", "| message | what to do | code |", "|---|---|---|"]
        lines += [f"| {shown(m.text)} | {shown(m.what_to_do)} | `{m.code}` |" for m in section.messages()]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def shown(text: str) -> str:
    """A text as a cell of the table."""
    return _PLACEHOLDER.sub("…", text).replace("%%", "%").replace("|", "\\|").replace("\n", " ")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=PAGE)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commanda.config.settings")
    import django
    from django.utils import translation

    django.setup()
    with translation.override(None):
        options.out.write_text(page(), encoding="utf-8")
    print(options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
