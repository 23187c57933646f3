"""The real Google client against the fake of the project, in fair weather and with every fault."""

import datetime as dt
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from commanda.intake.readers import ReadProblem, SourceUnavailable
from commanda.intake.readers.google_client import ServiceAccount
from commanda.intake.readers.sheets_api import SheetsApiReader
from tests.fakes.google import FakeGoogle, Spreadsheet, Tab, make_key_file, running
from tests.fakes.google.keys import EMAIL

SHEET = "sheet-0001"
ORDERED_AT = dt.datetime.fromisoformat("2026-05-01T12:00:00")
ROWS = [
    ["Date", "Nom", "Téléphone", "Produit", "Prix", "Note"],
    [ORDERED_AT, "أمين", "0612345678", "Montre", 199.0, ""],
    ["", "Sara", 612345679.0, "Sac", 299.5, "rappeler"],
]


@pytest.fixture(scope="module")
def server() -> Iterator[FakeGoogle]:
    with running() as google:
        yield google


@pytest.fixture
def google(server: FakeGoogle) -> FakeGoogle:
    server.spreadsheets.clear()
    server.faults.clear()
    server.calls.clear()
    server.paths.clear()
    server.add(SHEET, ROWS)
    return server


class Sleeps(list[float]):
    """Records how long the client would have waited."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def reader(google: FakeGoogle, sleeps: Sleeps | None = None, **more: Any) -> SheetsApiReader:
    account = ServiceAccount.from_key_file(make_key_file(google), api_base=google.base)
    return SheetsApiReader(
        account,
        more.pop("sheet", SHEET),
        api_base=google.base,
        sleep=sleeps if sleeps is not None else Sleeps(),
        **more,
    )


def problem(found: SheetsApiReader) -> ReadProblem:
    with pytest.raises(ReadProblem) as caught:
        list(found.rows())
    assert "%(" not in str(caught.value)
    return caught.value


def test_rows_have_values_and_serial_dates_when_read(google: FakeGoogle) -> None:
    rows = list(reader(google).rows())
    assert rows[0][:6] == ROWS[0]
    assert rows[1] == [46143.5, "أمين", "0612345678", "Montre", 199]
    assert rows[2] == ["", "Sara", 612345679, "Sac", 299.5, "rappeler"]
    assert not any(isinstance(cell, float) for row in rows for cell in row)
    assert any("UNFORMATTED_VALUE" in path and "SERIAL_NUMBER" in path for path in google.paths)


def test_blank_rows_inside_are_kept_and_those_at_the_end_left_out_when_read(google: FakeGoogle) -> None:
    google.add(SHEET, [["a", "b"], [], [], ["1"], ["", ""]])
    assert list(reader(google).rows()) == [["a", "b"], [], [], ["1"]]


def test_large_tab_is_read_in_pieces_when_it_exceeds_one_answer(google: FakeGoogle) -> None:
    rows = [["id", "nom"], *([number, f"Client {number}"] for number in range(12_000))]
    google.add(SHEET, rows)
    assert list(reader(google).rows()) == rows
    assert sum("batchGet" in path for path in google.paths) == 4  # the last asks whether anything is missing


def test_next_piece_is_on_its_way_once_more_than_the_first_is_wanted(google: FakeGoogle) -> None:
    """A preview reads the first rows only, and asks for no others."""

    def asked() -> int:
        return sum("batchGet" in path for path in google.paths)

    def wait_for(number: int) -> bool:
        deadline = time.monotonic() + 5
        while asked() < number and time.monotonic() < deadline:
            time.sleep(0.01)
        return asked() == number

    google.add(SHEET, [["id", "nom"], *([number, f"Client {number}"] for number in range(19_999))])
    found = reader(google).rows()
    list(islice(found, 5_000))
    time.sleep(0.2)
    assert asked() == 1
    next(found)
    assert wait_for(3), "the second was waited for, the third is on its way"
    list(islice(found, 5_000))
    assert wait_for(4)
    found.close()
    assert not any(each.name.startswith("ThreadPoolExecutor") for each in threading.enumerate())


def test_description_names_tabs_and_version_when_asked(google: FakeGoogle) -> None:
    google.spreadsheets[SHEET].tabs += [Tab("Mai 'bis'", [["x"]], gid=7), Tab("Graphique", [], gid=8, is_chart=True)]
    found = reader(google).describe()
    assert (found.title, found.tab, found.tabs) == ("Commandes", "Feuille 1", ("Feuille 1", "Mai 'bis'"))
    before = found.version
    assert before.startswith("2026-05-01T09:00")
    google.spreadsheets[SHEET].touch()
    assert reader(google).modified_time() != before
    assert list(reader(google, tab="Mai 'bis'").rows()) == [["x"]]


@pytest.mark.parametrize(("status", "reason"), [(429, ""), (500, ""), (503, ""), (403, "userRateLimitExceeded")])
def test_rows_are_read_when_a_fault_passes(google: FakeGoogle, status: int, reason: str) -> None:
    google.fail(status, reason, times=2)
    sleeps = Sleeps()
    assert len(list(reader(google, sleeps).rows())) == 3
    assert len(sleeps) == 2
    assert 1 <= sleeps[0] < sleeps[1]


def test_waiting_follows_google_when_it_says_how_long(google: FakeGoogle) -> None:
    google.fail(429, retry_after=7)
    sleeps = Sleeps()
    list(reader(google, sleeps).rows())
    assert sleeps == [7]


@pytest.mark.parametrize("status", [429, 500])
def test_source_is_unavailable_when_a_fault_stays(google: FakeGoogle, status: int) -> None:
    google.fail(status, times=99, retry_after=90)
    sleeps = Sleeps()
    with pytest.raises(SourceUnavailable) as caught:
        list(reader(google, sleeps).rows())
    assert caught.value.retry_after == 90
    assert caught.value.is_retryable
    assert len(sleeps) == 2
    assert google.calls["v4"] == 3


def test_source_is_unavailable_when_google_is_silent(google: FakeGoogle) -> None:
    google.fail(delay=0.6, times=3)
    with pytest.raises(SourceUnavailable):
        list(reader(google, timeout=0.2).rows())


def test_source_is_unavailable_when_nobody_listens(google: FakeGoogle) -> None:
    account = ServiceAccount.from_key_file(make_key_file(google), api_base=google.base)
    closed = SheetsApiReader(account, SHEET, api_base="http://127.0.0.1:9", sleep=Sleeps())
    with pytest.raises(SourceUnavailable):
        list(closed.rows())


def test_new_token_is_fetched_when_the_old_one_expired(google: FakeGoogle) -> None:
    found = reader(google)
    assert found.tabs() == ("Feuille 1",)
    google.expire_tokens()
    assert found.tabs() == ("Feuille 1",)
    assert google.calls["token"] == 2


def test_permission_lost_names_the_account_when_no_longer_shared(google: FakeGoogle) -> None:
    google.spreadsheets[SHEET].readers = {"somebody@example.org"}
    found = problem(reader(google))
    assert found.code == "permission_lost"
    assert "reader@commanda-fake.iam.gserviceaccount.com" in str(found)


def test_tab_missing_is_told_when_renamed(google: FakeGoogle) -> None:
    found = problem(reader(google, tab="Avril"))
    assert found.code == "tab_missing"
    assert "Avril" in str(found)


def test_tab_missing_is_told_when_renamed_between_two_calls(google: FakeGoogle) -> None:
    google.fail(400, "badRequest", path="batchGet", message="Unable to parse range: 'Feuille 1'!A1:B2")
    assert problem(reader(google)).code == "tab_missing"


@pytest.mark.parametrize(
    ("status", "reason", "code"),
    [
        (403, "accessNotConfigured", "api_disabled"),
        (403, "forbidden", "permission_lost"),
        (404, "", "spreadsheet_missing"),
        (400, "badRequest", "refused"),
    ],
)
def test_refusal_is_put_into_words_when_google_refuses(google: FakeGoogle, status: int, reason: str, code: str) -> None:
    google.fail(status, reason)
    sleeps = Sleeps()
    assert problem(reader(google, sleeps)).code == code
    assert sleeps == []


def test_missing_spreadsheet_is_told_when_deleted(google: FakeGoogle) -> None:
    assert problem(reader(google, sheet="sheet-9999")).code == "spreadsheet_missing"


def test_bad_key_is_told_when_google_no_longer_knows_it(google: FakeGoogle) -> None:
    found = reader(google)
    google.accounts.clear()
    assert problem(found).code == "bad_key"


def test_source_is_unavailable_when_the_token_endpoint_fails(
    google: FakeGoogle, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The library's own waits between its tries.
    monkeypatch.setattr("google.auth._exponential_backoff.time.sleep", lambda seconds: None)
    google.fail(503, path="/token", times=99)
    with pytest.raises(SourceUnavailable):
        list(reader(google).rows())


def test_too_wide_tab_is_refused_when_it_has_200_columns(google: FakeGoogle) -> None:
    google.add(SHEET, [[f"c{number}" for number in range(200)]])
    assert problem(reader(google)).code == "too_many_columns"


def test_empty_tab_is_told_when_it_holds_nothing(google: FakeGoogle) -> None:
    google.spreadsheets[SHEET] = Spreadsheet("Vide", [Tab("Feuille 1", [])])
    assert problem(reader(google)).code == "empty"


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "not json", '{"client_email": "x", "token_uri": "y"}', *(
        f'{{"client_email": "x", "token_uri": "https://oauth2.googleapis.com/token", "private_key": {key}}}'
        for key in ("5", "null", "[]", "{}", '"x"', '"-----BEGIN PRIVATE KEY-----"')
    )],
)  # fmt: skip
def test_key_file_is_refused_when_it_is_none(text: str) -> None:
    with pytest.raises(ReadProblem) as caught:
        ServiceAccount.from_key_file(text)
    assert caught.value.code == "bad_key"


@pytest.mark.parametrize(
    "token_uri",
    ["http://169.254.169.254/token", "https://evil.example/token", "https://googleapis.com.evil.example/t",
     "http://oauth2.googleapis.com/token", "file:///etc/passwd"],
)  # fmt: skip
def test_key_file_is_refused_when_its_token_address_is_foreign(google: FakeGoogle, token_uri: str) -> None:
    key = make_key_file(google, token_uri=token_uri)
    for api_base in (None, google.base):
        with pytest.raises(ReadProblem) as caught:
            ServiceAccount.from_key_file(key, api_base=api_base)
        assert caught.value.code == "bad_key"


def test_key_file_is_taken_when_it_points_to_google(google: FakeGoogle) -> None:
    account = ServiceAccount.from_key_file(make_key_file(google, token_uri="https://oauth2.googleapis.com/token"))
    assert account.email == account.credentials.service_account_email == EMAIL


def test_the_library_is_loaded_by_those_only_who_read_a_sheet():
    """15 MiB of each process otherwise."""
    program = (
        "import sys, django; django.setup()\n"
        "from django.urls import get_resolver\n"
        "import commanda.intake.tasks\n"
        "assert get_resolver().url_patterns\n"
        "print(sorted({'googleapiclient', 'google.auth', 'httplib2'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout == "[]\n"
