"""Everything that is written into the history has a name there, and nothing has one that is not."""

import ast
import re
from functools import cache

from commanda.accounts.permissions import Perm
from commanda.reports.models import ReportSending
from commanda.stock.models import StockDocument
from commanda.web.history_words import AREAS, EVENTS, SUBJECTS
from tests.meta.test_translations import SOURCE

LIKE_AN_EVENT = re.compile(r"[a-z_]+\.[a-z_]+")
MADE_OF_CHOICES = {f"stock.{kind}" for kind in StockDocument.Kind.values} | {
    f"report.{status}" for status in ReportSending.Status.values if status != ReportSending.Status.WAITING
}


@cache
def recorders():
    """The modules that write into the history."""
    texts = [path.read_text(encoding="utf-8") for path in SOURCE.rglob("services/**/*.py")]
    return [
        ast.parse(text) for text in texts if re.search(r"^from commanda\.audit\.services import ", text, re.MULTILINE)
    ]


def written():
    """The names of events in these modules: they have no other texts of that form but subjects and rights."""
    texts = {
        node.value
        for module in recorders()
        for node in ast.walk(module)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and LIKE_AN_EVENT.fullmatch(node.value)
    }
    return (texts | MADE_OF_CHOICES) - set(SUBJECTS) - set(Perm.values)


def subjects():
    """What these modules name as the subject of an event."""
    return {
        keyword.value.value
        for module in recorders()
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("record", "record_many")
        for keyword in node.keywords
        if keyword.arg == "subject" and isinstance(keyword.value, ast.Constant)
    }


def test_every_event_has_a_name_and_no_name_is_left_over():
    assert written() == set(EVENTS)


def test_every_subject_has_a_noun_and_stands_in_one_area():
    assert subjects() <= set(SUBJECTS)
    placed = [subject for _label, group in AREAS.values() for subject in group]
    assert sorted(placed) == sorted(SUBJECTS)
