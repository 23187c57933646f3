"""What `commanda up` brings up to date before it starts, and when it need not."""

import gettext
import os
from pathlib import Path

import pytest

from commanda.config import prepare
from commanda.config.prepare import Prepared
from commanda.config.translations import compile_translations

CATALOGUE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"

msgid "Order"
msgstr "Commande"

#, fuzzy
msgid "Parcel"
msgstr "Peut-être"

msgid "%(n)s order"
msgid_plural "%(n)s orders"
msgstr[0] "%(n)s commande"
msgstr[1] "%(n)s commandes"
"""


@pytest.fixture
def locale_dir(tmp_path: Path) -> Path:
    directory = tmp_path / "locale"
    (directory / "fr" / "LC_MESSAGES").mkdir(parents=True)
    (directory / "fr" / "LC_MESSAGES" / "django.po").write_text(CATALOGUE)
    return directory


def test_translations_are_compiled_when_there_is_no_gettext_on_the_machine(
    locale_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert compile_translations(locale_dir) == [locale_dir / "fr" / "LC_MESSAGES" / "django.mo"]
    french = gettext.translation("django", locale_dir, ["fr"])
    assert french.gettext("Order") == "Commande"
    assert french.gettext("Parcel") == "Parcel"
    assert french.ngettext("%(n)s order", "%(n)s orders", 3) == "%(n)s commandes"


def test_translations_are_compiled_again_only_when_the_source_is_newer(locale_dir: Path) -> None:
    (target,) = compile_translations(locale_dir)
    assert compile_translations(locale_dir) == []
    stamp = target.stat().st_mtime + 5
    os.utime(target.with_suffix(".po"), (stamp, stamp))
    assert compile_translations(locale_dir) == [target]


def test_fingerprint_changes_when_a_migration_a_text_or_a_static_file_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, locale, modules = tmp_path / "package", tmp_path / "locale", tmp_path / "node_modules"
    monkeypatch.setattr(prepare, "PACKAGE_DIR", package)
    monkeypatch.setattr(prepare, "LOCALE_DIR", locale)
    monkeypatch.setenv("COMMANDA_NODE_MODULES", str(modules))
    files = [
        package / "orders" / "migrations" / "0002_more.py",
        package / "web" / "static" / "css" / "app.css",
        locale / "ar" / "LC_MESSAGES" / "django.po",
        modules / ".package-lock.json",
    ]
    seen = {prepare.files_state()}
    for file in files:
        file.parent.mkdir(parents=True)
        file.write_text("one")
        seen.add(prepare.files_state())
        file.write_text("longer")
        seen.add(prepare.files_state())
    assert len(seen) == 1 + 2 * len(files)
    assert prepare.files_state() in seen


def test_record_is_ignored_when_it_is_broken_or_of_another_version(tmp_path: Path) -> None:
    record = Prepared(files="a", static="b", migrations=3)
    record.write(tmp_path)
    assert Prepared.read(tmp_path) == record
    for content in ("", "{", '{"files": "a"}', "[1]", '{"files": "a", "static": "b", "other": 1}'):
        (tmp_path / prepare.RECORD).write_text(content)
        assert Prepared.read(tmp_path) is None
