"""The guide's table of messages holds every message of sources and of the inbox, and no other."""

import re

import pytest
from django.utils import translation

from commanda.intake.problems import PROBLEMS, ProblemText, Severity
from scripts import inbox_advice, inbox_messages
from scripts.inbox_messages import PAGE, SECTIONS, page, shown

MADE_ANEW = "python scripts/inbox_messages.py"


@pytest.fixture(autouse=True)
def _as_written():
    with translation.override(None):
        yield


def rows_of(text, title):
    """Message and code of each row below a title."""
    part = text.split(f"\n## {title}\n", 1)[1].split("\n## ")[0]
    return set(re.findall(r"^\| (.+?) \| .+ \| `(\w+)` \|$", part, re.MULTILINE))


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.title)
def test_table_has_a_row_for_every_message_and_none_besides(section):
    told = rows_of(PAGE.read_text(encoding="utf-8"), section.title)
    wanted = {(shown(message.text), message.code) for message in section.messages()}
    assert told == wanted, MADE_ANEW


def test_page_is_as_the_code_says():
    assert PAGE.read_text(encoding="utf-8") == page(), MADE_ANEW


def test_every_message_says_what_to_do():
    silent = [m.code for section in SECTIONS for m in section.messages() if not m.what_to_do.strip()]
    assert silent == []


@pytest.mark.parametrize(
    ("advice", "section"),
    [("NOTES", "notes"), ("FAILURES", "failures"), ("ANSWERS", "answers"), ("MANY", "many"), ("REFUSALS", "refusals")],
)
def test_no_advice_is_left_over_when_a_message_is_gone(advice, section):
    messages = getattr(inbox_messages, section)()
    known = {m.text if advice == "REFUSALS" else m.code for m in messages}
    assert set(getattr(inbox_advice, advice)) == known


def test_table_is_found_stale_when_a_message_is_added(monkeypatch):
    monkeypatch.setitem(PROBLEMS, "brand_new", ProblemText(Severity.REJECT, "New", "Mend it."))
    assert PAGE.read_text(encoding="utf-8") != page()
    told = rows_of(PAGE.read_text(encoding="utf-8"), SECTIONS[0].title)
    assert {message.code for message in SECTIONS[0].messages()} - {code for _text, code in told} == {"brand_new"}
