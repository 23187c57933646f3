"""Every text a person sees exists in French and in Arabic, with its placeholders."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "commanda"
CALLS = {"_": 1, "gettext": 1, "gettext_lazy": 1, "gettext_noop": 1, "ngettext": 2, "ngettext_lazy": 2}
TAG = re.compile(r"""\{%\s*translate\s+(?:"([^"]+)"|'([^']+)')""")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]")
LANGUAGES = ("fr", "ar")


def catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(ROOT / "locale" / language / "LC_MESSAGES" / "django.po"))


def texts_in_code() -> Iterator[str]:
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
                for argument in node.args[: CALLS[node.func.id]]:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and argument.value:
                        yield argument.value


def texts_in_templates() -> Iterator[str]:
    for path in SOURCE.rglob("*.html"):
        for double, single in TAG.findall(path.read_text(encoding="utf-8")):
            yield double or single


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_catalogue_is_translated(language):
    missing = [
        entry.msgid
        for entry in catalogue(language)
        if "fuzzy" in entry.flags or not (all(entry.msgstr_plural.values()) if entry.msgid_plural else entry.msgstr)
    ]
    assert missing == []


def test_catalogues_hold_every_text_of_the_source():
    """`make messages` collects them; then translate them."""
    known = {text for entry in catalogue("fr") for text in (entry.msgid, entry.msgid_plural) if text}
    assert sorted({*texts_in_code(), *texts_in_templates()} - known) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_their_placeholders(language):
    wrong = []
    for entry in catalogue(language):
        allowed = set(PLACEHOLDER.findall(entry.msgid + entry.msgid_plural))
        for text in [entry.msgstr, *entry.msgstr_plural.values()]:
            found = set(PLACEHOLDER.findall(text))
            if found - allowed or (not entry.msgid_plural and text and found != allowed):
                wrong.append((entry.msgid, text))
    assert wrong == []
