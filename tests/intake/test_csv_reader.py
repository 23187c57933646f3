"""CSV in every encoding and dialect that shops and spreadsheets write; and what is no CSV."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from commanda.intake.readers import CsvReader, ReadProblem, open_file
from commanda.intake.readers.base import MAX_COLUMNS, plain_cell
from commanda.intake.readers.csv_reader import detect_delimiter

FRENCH = "Nom;Téléphone;Ville\nHélène Été;0612345678;Fès\nAïcha;0612345679;Salé\n"
ARABIC = "الاسم;الهاتف;المدينة\nأمين العلوي;0612345678;الدار البيضاء\nسارة;0612345679;طنجة\n"
MIXED = "Nom;Téléphone;المدينة\nHélène;0612345678;الدار البيضاء\nأمين;0612345679;طنجة\n"


def read(data: bytes | Path) -> list[list[object]]:
    return list(open_file(data).rows())


def expected(text: str) -> list[list[str]]:
    return [line.split(";") for line in text.strip().split("\n")]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (FRENCH, "utf-8"),
        (FRENCH, "utf-8-sig"),
        (FRENCH, "cp1252"),
        (FRENCH, "utf-16"),
        (FRENCH, "utf-16-le"),
        (FRENCH, "utf-16-be"),
        (ARABIC, "utf-8"),
        (ARABIC, "utf-8-sig"),
        (ARABIC, "cp1256"),
        (ARABIC, "utf-16"),
        (ARABIC, "utf-16-le"),
        (MIXED, "cp1256"),
        (MIXED, "utf-8"),
    ],
)
def test_rows_are_read_when_encoding_differs(text: str, encoding: str) -> None:
    assert read(text.encode(encoding)) == expected(text)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found_when_it_differs(delimiter: str) -> None:
    text = f"Nom{delimiter}Prix{delimiter}Note\nA{delimiter}199{delimiter}x\nB{delimiter}299{delimiter}y\n"
    assert detect_delimiter(text) == delimiter
    assert read(text.encode())[1] == ["A", "199", "x"]


def test_delimiter_is_the_even_one_when_cells_hold_the_others() -> None:
    assert detect_delimiter("a;b;c\n1,5;x, y, z;3\n2,5;q;4\n") == ";"


def test_cell_keeps_its_line_breaks_and_quotes_when_quoted() -> None:
    data = b'nom,adresse\n"Sara ""S""","Rue 1,\nEtage 2"\nAmine,Rue 2\n'
    assert read(data) == [["nom", "adresse"], ['Sara "S"', "Rue 1,\nEtage 2"], ["Amine", "Rue 2"]]


def test_rows_keep_their_numbers_when_blank_lines_are_between() -> None:
    assert read(b"a,b\n\n1,2\n , \n3,4\n") == [["a", "b"], [], ["1", "2"], [], ["3", "4"]]


def test_separator_line_of_excel_is_no_row_when_present() -> None:
    assert read(b"sep=;\r\na;b\r\n1,5;2\r\n") == [[], ["a", "b"], ["1,5", "2"]]


def test_file_is_read_from_disk_when_given_as_path(tmp_path: Path) -> None:
    path = tmp_path / "orders.bin"
    path.write_bytes(FRENCH.encode("utf-16"))
    reader = open_file(path)
    assert list(reader.rows()) == expected(FRENCH)
    assert list(reader.rows()) == expected(FRENCH)
    found = reader.describe()
    assert (found.kind, found.encoding, found.delimiter) == ("csv", "utf-16", ";")


def test_late_bytes_decide_the_encoding_when_the_sample_is_ascii(tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    path.write_bytes(b"nom,ville\n" + b"Amine,Rabat\n" * 40_000 + "Sara,Fès\n".encode("cp1252"))
    assert list(CsvReader(path).rows())[-1] == ["Sara", "Fès"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"  \n\n", "empty"),
        (b";;;\n;;\n", "empty"),
        ("\ufeff".encode(), "empty"),
        (b"%PDF-1.7\n...", "not_a_sheet"),
        (b"\x89PNG\r\n\x1a\n....", "not_a_sheet"),
        (b"\xff\xd8\xff\xe0jpeg", "not_a_sheet"),
        (bytes(range(256)) * 20, "not_a_sheet"),
        (b"\x01\x02\x03\x04\x05" * 400, "not_a_sheet"),
        (b'{"orders": []}', "not_a_sheet"),
        (b'[{"phone": "0612345678"}]', "not_a_sheet"),
        (b"<?xml version='1.0'?><a/>", "not_a_sheet"),
        (b"<!DOCTYPE html><html><table></table>", "html_not_sheet"),
        (b"  <table><tr><td>Nom</td></tr></table>", "html_not_sheet"),
        (b",".join([b"x"] * (MAX_COLUMNS + 1)), "too_many_columns"),
        (b'a,b\n"never closed,1\n' + b"x,y\n" * 500, "broken_quotes"),
        (b'a,b\n"' + b"x" * 1_200_000, "broken_quotes"),
    ],
)
def test_reading_ends_in_a_clear_problem_when_it_is_no_sheet(data: bytes, code: str) -> None:
    with pytest.raises(ReadProblem) as caught:
        read(data)
    assert caught.value.code == code
    assert "%(" not in str(caught.value)


def test_two_hundred_columns_pass_when_all_but_a_few_are_empty() -> None:
    assert read(b"a,b" + b"," * 200 + b"\n1,2" + b"," * 200) == [["a", "b"], ["1", "2"]]


def test_huge_cell_is_read_when_below_the_limit() -> None:
    assert read(b"a,b\n" + b"x" * 50_000 + b",1\n")[1][0] == "x" * 50_000


@pytest.mark.parametrize(
    ("cell", "plain"),
    [
        (None, ""),
        (199.0, 199),
        (199.5, Decimal("199.5")),
        (0.1 + 0.2, Decimal("0.30000000000000004")),
        (float("nan"), ""),
        (True, "TRUE"),
        (dt.time(9, 5), "09:05:00"),
        ("x", "x"),
    ],
)
def test_plain_cell_leaves_no_float_when_value_is_any(cell: object, plain: object) -> None:
    found = plain_cell(cell)
    assert found == plain
    assert not isinstance(found, float)
