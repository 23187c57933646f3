"""Workbooks: real ones made by XlsxWriter, and hostile ones made by hand."""

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter

from commanda.intake.readers import ReadProblem, XlsxReader, open_file

# Cells of a workbook carry no time zone.
ORDERED_AT = dt.datetime.fromisoformat("2026-05-01T09:59:00")


def workbook(fill: Callable[[xlsxwriter.Workbook], None]) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    fill(book)
    book.close()
    return stream.getvalue()


def orders(book: xlsxwriter.Workbook) -> None:
    sheet = book.add_worksheet("Commandes")
    sheet.write_row(0, 0, ["Date", "Nom", "Téléphone", "Prix", "Lien"])
    sheet.write_datetime(1, 0, ORDERED_AT, book.add_format({"num_format": "dd/mm/yyyy hh:mm"}))
    sheet.write_row(1, 1, ["أمين", 612345678, 199.5])
    sheet.write_formula(1, 4, '=HYPERLINK("http://127.0.0.1")', None, "clic")


def replaced(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = old.read(entry)
            new.writestr(entry.filename, change(content) if entry.filename == name else content)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def test_rows_have_typed_cells_when_read_from_a_workbook() -> None:
    rows = list(open_file(workbook(orders)).rows())
    assert rows == [
        ["Date", "Nom", "Téléphone", "Prix", "Lien"],
        [ORDERED_AT, "أمين", 612345678, Decimal("199.5"), "clic"],
    ]


def test_rows_keep_their_place_when_data_starts_further_down() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        book.add_worksheet().write_row(2, 1, ["Nom", "Tel"])

    assert list(open_file(workbook(fill)).rows()) == [[], [], ["", "Nom", "Tel"]]


def test_first_visible_sheet_with_data_is_read_when_none_is_chosen(tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        book.add_worksheet("Vide")
        hidden = book.add_worksheet("Caché")
        hidden.write(0, 0, "secret")
        hidden.hide()
        book.add_worksheet("Ventes").write(0, 0, "Nom")
        book.add_worksheet("Autres").write(0, 0, "Autre")

    path = tmp_path / "no-extension"
    path.write_bytes(workbook(fill))
    found = open_file(path).describe()
    assert found.tab == "Ventes"
    assert found.tabs == ("Vide", "Ventes", "Autres")
    assert list(open_file(path, sheet="Autres").rows()) == [["Autre"]]


def test_missing_sheet_is_named_when_chosen() -> None:
    with pytest.raises(ReadProblem) as caught:
        list(XlsxReader(workbook(orders), sheet="Mai").rows())
    assert caught.value.code == "tab_missing"
    assert "Mai" in str(caught.value)


def far_cell(content: bytes) -> bytes:
    return content.replace(b"</sheetData>", b'<row r="9"><c r="XFD9"><v>1</v></c></row></sheetData>')


def far_row(content: bytes) -> bytes:
    return content.replace(b"</sheetData>", b'<row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData>')


def styled_far_cell(content: bytes) -> bytes:
    return content.replace(b"</sheetData>", b'<row r="9"><c r="XFD9" s="1"/></row></sheetData>')


def test_styled_empty_cell_far_away_is_harmless_when_it_holds_nothing() -> None:
    assert len(list(open_file(replaced(workbook(orders), SHEET, styled_far_cell)).rows())[1]) == 5


def bomb() -> bytes:
    return replaced(workbook(orders), SHEET, lambda content: content + b" " * (30 * 1024 * 1024))


def other_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("readme.txt", "hello")
    return out.getvalue()


def lying_size() -> bytes:
    """The directory says the sheet is small; the stream is not."""
    data = bytearray(workbook(orders))
    at = data.rindex(b"PK\x01\x02", 0, data.rindex(SHEET.encode()))
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    return bytes(data)


def encrypted() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (workbook(lambda book: book.add_worksheet()), "empty"),
        (replaced(workbook(orders), SHEET, far_cell), "too_many_columns"),
        (replaced(workbook(orders), SHEET, far_row), "too_large"),
        (bomb(), "too_large"),
        (lying_size(), "damaged"),
        (other_zip(), "not_a_sheet"),
        (workbook(orders)[:2000], "damaged"),
        (replaced(workbook(orders), SHEET, lambda content: content[: len(content) // 2]), "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000, "damaged"),
        (encrypted(), "encrypted"),
        (workbook(lambda book: book.add_worksheet().write_row(0, 0, ["x"] * 101)), "too_many_columns"),
    ],
)
def test_reading_ends_in_a_clear_problem_when_the_workbook_is_bad(data: bytes, code: str) -> None:
    with pytest.raises(ReadProblem) as caught:
        list(open_file(data).rows())
    assert caught.value.code == code
