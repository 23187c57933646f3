import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
from django.utils.translation import override
from python_calamine import CalamineWorkbook

from commanda.kernel import export
from commanda.kernel.errors import Invalid
from commanda.kernel.export import csv_chunks, table_download, xlsx_file

EVIL = ["=1+1", "+212612345678", "-2+3", "@SUM(A1)", "\tx", " =cmd|' /C calc'!A0", "＝1+1", "\r=1"]


def as_csv(rows, head=("a",)):
    return list(csv.reader(StringIO(b"".join(csv_chunks(head, rows)).decode("utf-8-sig"), newline="")))


def as_sheet(rows, head=("a",)):
    return CalamineWorkbook.from_filelike(BytesIO(xlsx_file(head, rows).read())).get_sheet_by_index(0)


@pytest.mark.parametrize("text", EVIL)
def test_csv_cell_gets_an_apostrophe_when_it_looks_like_a_formula(text):
    assert as_csv([[text]])[1] == [f"'{text}"]


def test_xlsx_cells_stay_texts_when_they_look_like_formulas_or_links():
    texts = [*EVIL, "https://example.com", "0612345678", "ملغاة"]
    rows = as_sheet([[text] for text in texts]).to_python()
    assert [row[0].replace("_x000D_", "\r") for row in rows[1:]] == texts


def test_numbers_stay_numbers_when_negative():
    assert as_csv([[-3, Decimal("-12.50"), None, True]], "abcd")[1] == ["-3", "-12.50", "", "1"]
    assert as_sheet([[-3, Decimal("-12.50")]], "ab").to_python()[1] == [-3, -12.5]


def test_instants_are_moroccan_when_exported():
    instant = datetime(2026, 7, 22, 23, 30, tzinfo=UTC)
    assert as_csv([[instant, date(2026, 1, 2)]], "ab")[1] == ["2026-07-23 00:30", "2026-01-02"]
    at, on = as_sheet([[instant, date(2026, 1, 2)]], "ab").to_python()[1]
    assert (at.isoformat(), on) == ("2026-07-23T00:30:00", date(2026, 1, 2))


def test_csv_comes_in_pieces_when_there_are_many_rows():
    drawn = []

    def rows():
        for number in range(1000):
            drawn.append(number)
            yield [number]

    chunks = csv_chunks(["n"], rows())
    next(chunks)
    assert len(drawn) < 1000
    list(chunks)
    assert len(drawn) == 1000


def test_sheet_is_refused_when_it_has_too_many_rows(monkeypatch):
    monkeypatch.setattr(export, "MAX_ROWS", 2)
    with pytest.raises(Invalid):
        xlsx_file(["n"], [[1], [2], [3]])


def test_download_names_its_file_when_asked_for_a_kind():
    response = table_download(kind="xlsx", name="stock", head=["n"], rows=[[1]])
    assert response["Content-Disposition"].startswith('attachment; filename="stock-2')
    assert response["Content-Disposition"].endswith('.xlsx"')
    assert b"".join(response).startswith(b"PK")


def test_download_keeps_its_language_when_read_later():
    from django.utils.translation import gettext_lazy as _

    with override("fr"):
        response = table_download(kind="csv", name="x", head=["n"], rows=([_("Monday")] for _one in "1"))
    with override("en"):
        assert "lundi" in b"".join(response).decode()


def test_download_is_refused_when_the_kind_is_unknown():
    with pytest.raises(Invalid):
        table_download(kind="exe", name="x", head=["n"], rows=[])
