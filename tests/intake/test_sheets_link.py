"""A sheet by its link: only Google's address is ever called, and a sign-in page is no sheet."""

from collections.abc import Iterator

import pytest

from commanda.intake.readers import ReadProblem, SourceUnavailable, base, sheets_link
from commanda.intake.readers.sheets_link import SheetLink, SheetsLinkReader
from tests.fakes.google import FakeGoogle, Tab, running

SHEET = "1AbC_dEf-000111222333"
LINK = f"https://docs.google.com/spreadsheets/d/{SHEET}/edit?usp=sharing#gid=7"
ROWS = [["Nom", "Téléphone", "Adresse"], ["أمين", "0612345678", "Rue 1,\nétage 2"], ["Sara", 612345679.0, ""]]


@pytest.fixture(scope="module")
def server() -> Iterator[FakeGoogle]:
    with running() as google:
        yield google


@pytest.fixture
def google(server: FakeGoogle) -> FakeGoogle:
    server.faults.clear()
    server.paths.clear()
    server.add(SHEET, [["autre"]])
    server.spreadsheets[SHEET].tabs.append(Tab("Mai", [list(row) for row in ROWS], gid=7))
    return server


def problem(google: FakeGoogle, link: str = LINK) -> str:
    with pytest.raises(ReadProblem) as caught:
        list(SheetsLinkReader(link, base=google.base).rows())
    return caught.value.code


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (LINK, SheetLink(SHEET, "7")),
        (f"  https://docs.google.com/spreadsheets/d/{SHEET}  ", SheetLink(SHEET)),
        (f"https://docs.google.com/spreadsheets/d/{SHEET}/edit?gid=12#gid=12", SheetLink(SHEET, "12")),
        (f"https://docs.google.com/spreadsheets/u/1/d/{SHEET}/edit#gid=x", SheetLink(SHEET)),
        (f"https://docs.google.com/spreadsheets/d/e/{SHEET}/pubhtml?gid=3&single=true", SheetLink(SHEET, "3", True)),
    ],
)
def test_link_is_taken_apart_when_copied_from_google(link: str, expected: SheetLink) -> None:
    assert SheetLink.parse(link) == expected


@pytest.mark.parametrize(
    "link",
    [
        "",
        "bonjour",
        "https://example.org/spreadsheets/d/1AbC_dEf-000/edit",
        "http://docs.google.com/spreadsheets/d/1AbC_dEf-000/edit",
        "https://docs.google.com.evil.example/spreadsheets/d/1AbC_dEf-000",
        "https://docs.google.com@127.0.0.1/spreadsheets/d/1AbC_dEf-000",
        "https://127.0.0.1/spreadsheets/d/1AbC_dEf-000",
        "https://docs.google.com:8443/spreadsheets/d/1AbC_dEf-000",
        "https://docs.google.com/document/d/1AbC_dEf-000/edit",
        "https://docs.google.com/spreadsheets/d/../../x",
        "file:///etc/passwd",
        "https://[::1/spreadsheets/d/1AbC_dEf-000",
    ],
)
def test_link_is_refused_when_it_is_no_google_sheet(link: str) -> None:
    with pytest.raises(ReadProblem) as caught:
        SheetsLinkReader(link)
    assert caught.value.code == "bad_link"


def test_export_address_has_the_tab_when_the_link_does() -> None:
    assert SheetLink(SHEET, "7").export_url() == (
        f"https://docs.google.com/spreadsheets/d/{SHEET}/export?format=csv&gid=7"
    )
    assert SheetLink(SHEET, "", True).export_url().endswith(f"/d/e/{SHEET}/pub?output=csv&single=true")


def test_rows_of_the_tab_are_read_when_shared(google: FakeGoogle) -> None:
    assert list(SheetsLinkReader(LINK, base=google.base).rows()) == [
        ["Nom", "Téléphone", "Adresse"],
        ["أمين", "0612345678", "Rue 1,\nétage 2"],
        ["Sara", "612345679"],
    ]
    assert list(SheetsLinkReader(LINK.partition("/edit")[0], base=google.base).rows()) == [["autre"]]


def test_not_shared_is_told_when_google_asks_to_sign_in(google: FakeGoogle) -> None:
    google.spreadsheets[SHEET].by_link = False
    assert problem(google) == "not_shared"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "not_shared"),
        (403, "not_shared"),
        (404, "spreadsheet_missing"),
        (410, "spreadsheet_missing"),
        (400, "tab_missing"),
        (418, "refused"),
    ],
)
def test_refusal_is_put_into_words_when_google_refuses(google: FakeGoogle, status: int, code: str) -> None:
    google.fail(status, path="/export")
    assert problem(google) == code


def test_missing_sheet_is_told_when_deleted(google: FakeGoogle) -> None:
    assert problem(google, LINK.replace(SHEET, "1ZZZ_zzz-000")) == "spreadsheet_missing"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_source_is_unavailable_when_google_is_busy(google: FakeGoogle, status: int) -> None:
    google.fail(status, path="/export", retry_after=120)
    with pytest.raises(SourceUnavailable) as caught:
        list(SheetsLinkReader(LINK, base=google.base).rows())
    assert caught.value.retry_after == 120


def test_source_is_unavailable_when_google_is_silent(google: FakeGoogle) -> None:
    google.fail(path="/export", delay=0.6)
    with pytest.raises(SourceUnavailable):
        list(SheetsLinkReader(LINK, base=google.base, timeout=0.2).rows())


def test_source_is_unavailable_when_nobody_listens() -> None:
    with pytest.raises(SourceUnavailable):
        list(SheetsLinkReader(LINK, base="http://127.0.0.1:9").rows())


def test_download_stops_when_it_is_too_large(google: FakeGoogle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets_link, "MAX_BYTES", 10)
    assert problem(google) == "too_large"
    assert base.MAX_BYTES > 10


@pytest.mark.parametrize(
    "location",
    ["http://169.254.169.254/latest/meta-data", "https://evil.example/x.csv", "http://doc-0.googleusercontent.com/x",
     "https://googleusercontent.com.evil.example/", "file:///etc/passwd"],
)  # fmt: skip
def test_redirect_is_not_followed_when_it_leaves_google(location: str) -> None:
    reader = SheetsLinkReader(LINK)
    with pytest.raises(ReadProblem) as caught:
        reader._redirected(f"https://docs.google.com/spreadsheets/d/{SHEET}/export", location)
    assert caught.value.code == "refused"


def test_redirect_is_followed_when_google_serves_the_file_elsewhere() -> None:
    target = "https://doc-0k-sheets.googleusercontent.com/export/x?format=csv"
    assert SheetsLinkReader(LINK)._redirected("https://docs.google.com/x", target) == target
