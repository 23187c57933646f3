"""A sheet connected by service account, on the fake of Google: what the tests of reading and writing share."""

from collections.abc import Sequence
from typing import Any

from commanda.intake.models import ImportRun, Source
from commanda.intake.readers.our_columns import our_columns
from commanda.intake.services.connect import open_reader
from commanda.intake.services.poll_source import poll_source
from commanda.intake.services.read_source import choose_mapping, first_rows
from commanda.intake.services.set_mapping import set_mapping
from commanda.intake.services.sources import choose_sheet, create_source
from commanda.intake.services.write_back import Written, write_back
from commanda.intake.services.write_back_settings import switch_on as switch_write_back_on
from commanda.kernel.actor import system_actor
from tests.fakes.google import FakeGoogle, make_key_file

SYSTEM = system_actor("test")
SHEET = "1" * 30
LINK = f"https://docs.google.com/spreadsheets/d/{SHEET}/edit#gid=0"


def connect(google: FakeGoogle) -> Source:
    made = create_source(actor=SYSTEM, kind="sheet_api", name="Boutique", key_file=make_key_file(google))
    return confirm(choose_sheet(actor=SYSTEM, source_id=made.pk, spreadsheet=LINK))


def confirm(source: Source) -> Source:
    mapping = choose_mapping(source, first_rows(open_reader(source)))
    return set_mapping(actor=SYSTEM, source_id=source.pk, mapping=mapping)


def change(google: FakeGoogle, rows: Sequence[Sequence[Any]]) -> None:
    """Somebody edits the sheet."""
    google.spreadsheets[SHEET].tabs[0].rows = [list(row) for row in rows]
    google.spreadsheets[SHEET].touch()


def poll(source: Source, **options: Any) -> ImportRun | None:
    run = poll_source(actor=system_actor("import"), source_id=source.pk, **options)
    source.refresh_from_db()
    return run


def numbers(run: ImportRun) -> tuple[int, int, int, int]:
    return run.new_qty, run.changed_qty, run.unchanged_qty, run.rejected_qty


def switch_on(source: Source, *fields: str, language: str = "fr") -> Source:
    switched = switch_write_back_on(
        actor=SYSTEM, source_id=source.pk, fields=fields or ("state", "agent", "tracking"), language=language
    )
    source.refresh_from_db()
    return switched


def write(source: Source, *, is_forced: bool = False) -> Written | None:
    written = write_back(actor=SYSTEM, source_id=source.pk, is_forced=is_forced)
    source.refresh_from_db()
    return written


def column(google: FakeGoogle, header: str) -> list[Any]:
    """What stands below a header."""
    rows = google.spreadsheets[SHEET].tabs[0].rows
    at = next(row for row in rows if header in row).index(header)
    return [row[at] if at < len(row) else "" for row in rows if header not in row]


def without_ours(google: FakeGoogle) -> list[list[Any]]:
    """The sheet without our columns and empty ends: what other people have written."""
    rows = google.spreadsheets[SHEET].tabs[0].rows
    ours = {at for row in rows for at in our_columns(row)}
    kept = [[cell for at, cell in enumerate(row) if at not in ours] for row in rows]
    for row in kept:
        while row and row[-1] == "":
            row.pop()
    return kept
