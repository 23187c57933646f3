"""A sheet connected by service account, on the fake of Google: what the tests of reading and writing share."""

from collections.abc import Sequence
from typing import Any

from commanda.intake.models import ImportRun, Source
from commanda.intake.services.connect import open_reader
from commanda.intake.services.poll_source import poll_source
from commanda.intake.services.read_source import choose_mapping, first_rows
from commanda.intake.services.set_mapping import set_mapping
from commanda.intake.services.sources import choose_sheet, create_source
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
