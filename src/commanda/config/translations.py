"""Turns `locale/*/LC_MESSAGES/*.po` into the `.mo` files Django reads, without gettext on the machine."""

import os
from pathlib import Path


def compile_translations(locale_dir: Path) -> list[Path]:
    """Compile every catalogue that is newer than its `.mo`; returns the files written.

    A file is replaced in one step, so that a running server never reads half of one.
    """
    written = []
    for source in sorted(locale_dir.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            _compile(source, target)
            written.append(target)
    return written


def _compile(source: Path, target: Path) -> None:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as text:
        catalog = read_po(text, locale=source.parts[-3])
    draft = target.with_suffix(f".mo.{os.getpid()}")
    with draft.open("wb") as output:
        write_mo(output, catalog, use_fuzzy=False)
    draft.replace(target)
