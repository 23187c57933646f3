"""No value in the address of a page, and none in a form, breaks it."""

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import transaction
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from commanda.intake.readers.base import ReadProblem
from commanda.intake.readers.csv_reader import CsvReader
from commanda.intake.readers.xlsx_reader import XlsxReader
from commanda.kernel.export import xlsx_file
from tests.permissions.addresses import addresses, ask
from tests.permissions.shop import build_shop
from tests.permissions.table import rows

ASKED = re.compile(r"""(?:GET|POST|params|query)(?:\.get|\.getlist)?[(\[]["']([a-z_0-9]+)["']""")
USUAL = {
    "q",
    "after",
    "before",
    "page",
    "sort",
    "order",
    "by",
    "from",
    "to",
    "period",
    "compare",
    "kpi",
    "view",
    "cursor",
}
NASTY = ("a\x00b", "9" * 40, "-1", "9999-12-31", "x" * 3000, "٣", "'\"<>%()[]{}\\", "NaN")


def names():
    """What pages ask the address and forms for."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in (Path(settings.PACKAGE_DIR) / "web").rglob("*.py"))
    return sorted(USUAL | set(ASKED.findall(code)))


@pytest.mark.django_db
@pytest.mark.parametrize("value", NASTY)
def test_page_answers_whatever_stands_in_its_address(value):
    assert len(names()) > 40
    shop = build_shop()
    by_name = {address.name: address for address in addresses()}
    query = f"?{urlencode(dict.fromkeys(names(), value))}"
    broken = {}
    for (name, method), words in rows().items():
        if method == "GET" and words["admin"] in {"200", "→"} and not by_name[name].is_api:
            status = status_of(shop, by_name[name], method, query=query)
            if status != 200 and (not isinstance(status, int) or status >= 500):
                broken[name] = status
    assert not broken


def status_of(shop, address, method, **sent):
    """The status, or the error that reached nobody who would tell it in words."""
    try:
        with transaction.atomic():
            status = ask(shop, "admin", address, method, **sent).status_code
            transaction.set_rollback(True)
    except Exception as error:  # noqa: BLE001 - that is what is looked for
        return repr(error)[:200]
    return status


@pytest.mark.django_db
@pytest.mark.parametrize("value", NASTY)
def test_form_answers_whatever_is_sent(value):
    shop = build_shop()
    by_name = {address.name: address for address in addresses()}
    known = dict.fromkeys((*names(), *field_names()), value)
    broken = {}
    for (name, method), words in rows().items():
        if method == "POST" and words["admin"] == "ok" and not by_name[name].is_api:
            status = status_of(shop, by_name[name], method, sent=urlencode(known))
            if not isinstance(status, int) or status >= 500:
                broken[name] = status
    assert not broken


def field_names():
    """The fields of all forms of ours."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in (Path(settings.PACKAGE_DIR) / "web").rglob("*.py"))
    return set(re.findall(r"^    ([a-z_0-9]+) = (?:forms\.)?[A-Z]\w*Field\(", code, re.MULTILINE))


QUIET = hypothesis_settings(max_examples=150, deadline=None, derandomize=True, database=None)


@QUIET
@given(st.binary(max_size=2000) | st.text(max_size=2000).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_rows_or_a_problem_to_the_reader_of_csv(data):
    read(CsvReader, data)


BOOK = xlsx_file(["Nom", "Téléphone"], [["Zineb", "0612345678"], ["=1+1", 5]]).read()


@QUIET
@given(
    at=st.integers(0, len(BOOK) - 1),
    piece=st.binary(max_size=40),
    cut=st.integers(0, 200),
)
def test_any_damage_is_rows_or_a_problem_to_the_reader_of_workbooks(at, piece, cut):
    read(XlsxReader, BOOK[:at] + piece + BOOK[at + cut :])


def read(reader, data):
    try:
        for row in reader(data).rows():
            assert isinstance(row, list)
    except ReadProblem:
        pass
