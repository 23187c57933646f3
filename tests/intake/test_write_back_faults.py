"""Writing back while things go wrong: nobody's cell is overwritten, every row ends right, and the words help."""

from datetime import timedelta

import pytest

from commanda.intake.services import write_back as service
from commanda.intake.services.write_back_settings import switch_on as switch_write_back_on
from commanda.intake.write_back_state import WriteBack
from commanda.intake.write_back_values import due_write_backs
from commanda.kernel.clock import now, time_is
from commanda.kernel.errors import CommandaError
from commanda.orders.models import Order
from commanda.orders.services.transition import transition_order
from tests.fakes.google.keys import EMAIL
from tests.fakes.google.state import Formula
from tests.intake.connected import SHEET, SYSTEM, change, column, numbers, poll, switch_on, without_ours, write
from tests.intake.helpers import row, sheet

pytestmark = pytest.mark.django_db
BATCH, READ = "values:batchUpdate", "values:batchGet"
ROWS = 6


@pytest.fixture
def shop(google, tab, source):
    """Six orders, written back once; then two of them are cancelled."""
    change(google, sheet(*(row(number) for number in range(1, ROWS + 1))))
    assert numbers(poll(source)) == (ROWS, 0, 0, 0)
    switch_on(source, "state", "reason")
    write(source)
    for number in (2, 5):
        cancel(number)
    google.bodies.clear()
    return source


def cancel(number, text="Trop cher"):
    pk = Order.objects.get(staged_rows__key=f"x:A{number}").pk
    transition_order(actor=SYSTEM, order_id=pk, to="cancelled", reason_text=text)


def states(google, source):
    """What the sheet says, by order number."""
    said = column(google, WriteBack.of(source).columns["state"])
    numbers_ = column(google, "Order ID")
    return {number: state for number, state in zip(numbers_, said, strict=True) if number or state}


def right(*extra):
    expected = {f"A{number}": "Annulée" if number in (2, 5) else "Nouvelle" for number in range(1, ROWS + 1)}
    return expected | dict.fromkeys(extra, "")


def problem(source):
    state = WriteBack.of(source)
    assert "%(" not in state.error
    return state.error_code


def later(source, minutes):
    with time_is(now() + timedelta(minutes=minutes)):
        return write(source)


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 429},
        {"status": 429, "retry_after": 1},
        {"status": 403, "reason": "rateLimitExceeded"},
        {"status": 500},
        {"status": 503},
        {"reset": True},
        {"status": 500, "is_done": True},
        {"reset": True, "is_done": True},
    ],
)
@pytest.mark.parametrize("path", [READ, BATCH])
def test_rows_end_right_when_a_call_fails_once(google, shop, fault, path, monkeypatch):
    monkeypatch.setattr("commanda.intake.readers.sheets_api.time.sleep", lambda seconds: None)
    google.fail(path=path, **fault)
    write(shop)
    assert states(google, shop) == right()
    assert problem(shop) == ""


def test_rows_end_right_when_the_token_expires(google, shop):
    google.expire_tokens()
    write(shop)
    google.fail(path=BATCH, afterwards=google.expire_tokens)
    cancel(1)
    write(shop)
    assert states(google, shop) == right() | {"A1": "Annulée"}


@pytest.mark.parametrize(
    ("fault", "code"), [({"status": 429}, "quota_reached"), ({"status": 503}, "source_unavailable")]
)
def test_writing_waits_longer_each_time_and_recovers_by_itself(google, shop, fault, code):
    google.fail(path=BATCH, times=1000, **fault)
    moment, waits = now(), []
    for _ in range(4):
        with time_is(moment):
            assert write(shop) is None
            assert problem(shop) == code
            assert shop.pk not in due_write_backs()
            waits.append((WriteBack.of(shop).next_try_at - moment).total_seconds())
        moment = WriteBack.of(shop).next_try_at
    assert waits == sorted(waits)
    assert 60 <= waits[0] < waits[3] <= 3600
    google.faults.clear()
    with time_is(moment):
        assert shop.pk in due_write_backs()
        write(shop)
    assert states(google, shop) == right()
    assert WriteBack.of(shop).failures_qty == 0


def test_wait_is_as_long_as_google_says(google, shop):
    google.fail(429, path=BATCH, times=1000, retry_after=900)
    moment = now()
    with time_is(moment), pytest.MonkeyPatch.context() as patch:
        patch.setattr("commanda.intake.readers.google_client._LONGEST_WAIT", 0)
        write(shop)
    assert WriteBack.of(shop).next_try_at - moment == timedelta(seconds=900)


@pytest.mark.parametrize("method", ["viewer", "lost", "protected", "renamed", "no_column", "key"])
def test_words_say_what_to_do_and_writing_goes_on_when_it_was_done(google, shop, tab, method, monkeypatch):
    spreadsheet = google.spreadsheets[SHEET]
    first = spreadsheet.tabs[0]
    accounts = dict(google.accounts)
    header = list(first.rows[0])
    break_it, mend_it, code, word = {
        "viewer": (lambda: spreadsheet.editors.add("x@y"), spreadsheet.editors.clear, "viewer_only", EMAIL),
        "lost": (lambda: spreadsheet.readers.add("x@y"), spreadsheet.readers.clear, "permission_lost", EMAIL),
        "protected": (
            lambda: setattr(first, "is_protected", True),
            lambda: setattr(first, "is_protected", False),
            "protected_cells",
            EMAIL,
        ),
        "renamed": (
            lambda: setattr(first, "title", "Mai"),
            lambda: setattr(first, "title", "Feuille 1"),
            "tab_missing",
            "Feuille 1",
        ),
        "no_column": (
            lambda: first.rows[0].__setitem__(3, "autre"),
            lambda: first.rows[0].__setitem__(3, header[3]),
            "columns_missing",
            header[3],
        ),
        "key": (
            lambda: (google.accounts.clear(), google.expire_tokens()),
            lambda: google.accounts.update(accounts),
            "bad_key",
            "",
        ),
    }[method]
    before = without_ours(google)
    break_it()
    assert write(shop) is None
    assert problem(shop) == code
    assert word in WriteBack.of(shop).error
    mend_it()
    assert without_ours(google) == before
    later(shop, 5)
    assert states(google, shop) == right()
    assert problem(shop) == ""


def test_person_is_told_at_once_when_the_sheet_may_only_be_read(google, source):
    google.spreadsheets[SHEET].editors.add("x@y")
    with pytest.raises(CommandaError) as caught:
        switch_write_back_on(actor=SYSTEM, source_id=source.pk, fields=["state"], language="fr")
    assert caught.value.code == "viewer_only"
    assert EMAIL in str(caught.value)


@pytest.mark.parametrize("skip", [0, 1, 2])
@pytest.mark.parametrize("when", ["meanwhile", "afterwards"])
@pytest.mark.parametrize("act", ["insert", "delete", "sort", "column_left", "column_away"])
def test_rows_end_right_when_the_sheet_moves_under_our_hands(google, shop, act, when, skip):
    """`skip` 0 is the reading of everything, 1 the check before writing, 2 the one after."""
    first = google.spreadsheets[SHEET].tabs[0]
    if act == "column_away":
        first.insert_column(2, ["Divers", *"abcdef"])
        write(shop)
        cancel(3)
    acts = {
        "insert": lambda: first.insert_row(1, row(9)),
        "delete": lambda: first.rows.pop(1),
        "sort": lambda: first.rows.__setitem__(slice(1, None), first.rows[:0:-1]),
        "column_left": lambda: first.insert_column(0, ["Nouvelle colonne"]),
        "column_away": lambda: [cells.pop(2) for cells in first.rows],
    }
    google.fail(path=READ, skip=skip + (skip > 0), **{when: acts[act]})
    write(shop)
    google.faults.clear()
    write(shop, is_forced=True)
    expected = right() | ({"A3": "Annulée"} if act == "column_away" else {})
    if act == "insert":
        expected["A9"] = ""
    if act == "delete":
        del expected["A1"]
    assert states(google, shop) == expected
    assert all(cell.startswith(("A", "Order")) for cell in column(google, "Order ID"))
    others = {tuple(cells) for cells in without_ours(google)}
    assert {tuple(row(number)[:9]) for number in range(2, ROWS + 1)} <= {
        tuple(cell for cell in cells if cell != "Nouvelle colonne")[-9:] for cells in others
    }


@pytest.mark.parametrize("act", ["insert", "sort"])
def test_a_row_that_moves_at_the_moment_of_writing_is_put_right(google, shop, act):
    first = google.spreadsheets[SHEET].tabs[0]
    acts = {
        "insert": lambda: first.insert_row(1, row(9)),
        "sort": lambda: first.rows.__setitem__(slice(1, None), first.rows[:0:-1]),
    }
    cancel(1)
    google.fail(path=BATCH, meanwhile=acts[act])
    write(shop)
    assert states(google, shop) == (right("A9") if act == "insert" else right()) | {"A1": "Annulée"}
    assert len(google.bodies) == 2  # the second puts right what the first has hit


@pytest.mark.parametrize("shift", [1, -1])
def test_nobody_elses_cells_are_lost_when_a_column_moves_at_the_moment_of_writing(google, shop, shift):
    """The worst moment: checked, then moved, then written into what is now another column."""
    first = google.spreadsheets[SHEET].tabs[0]
    for number, cells in enumerate(first.rows):
        cells.extend([""] * (12 - len(cells)))
        cells[9] = "Remarque" if number == 0 else f"note {number}"
        cells.append("Suivi" if number == 0 else f"suivi {number}")
    write(shop, is_forced=True)
    before = without_ours(google)
    cancel(3)
    move = (lambda: first.insert_column(1, ["Neuf"])) if shift > 0 else (lambda: [cells.pop(4) for cells in first.rows])
    google.fail(path=BATCH, meanwhile=move)
    write(shop)
    if shift > 0:
        assert [cells[:1] + cells[2:] for cells in without_ours(google)] == before
        assert states(google, shop) == right() | {"A3": "Annulée"}
    else:  # the column that was deleted is needed: nothing more is written before somebody maps the columns again
        assert without_ours(google) == [cells[:4] + cells[5:] for cells in before]
        assert problem(shop) == "columns_missing"


def test_new_columns_never_hit_a_column_that_moves_at_that_moment(google, source, tab):
    poll(source)
    switch_on(source, "state")
    google.fail(path=":batchUpdate", meanwhile=lambda: tab.insert_column(0, ["Neuf", "x", "y"]))
    before = without_ours(google)
    write(source)
    assert [cells[1:] for cells in without_ours(google)] == before
    assert column(google, WriteBack.of(source).columns["state"]) == ["Nouvelle", "Nouvelle"]


def test_writing_gives_up_for_a_minute_when_rows_never_stand_still(google, shop):
    first = google.spreadsheets[SHEET].tabs[0]
    google.fail(path=READ, times=1000, afterwards=lambda: first.insert_row(1, row(9)))
    assert write(shop) is None
    assert problem(shop) == "sheet_moving"
    google.faults.clear()
    change(google, [cells for cells in first.rows if cells[0] != "A9"])
    later(shop, 5)
    assert states(google, shop) == right()


@pytest.mark.parametrize("fault", [{"rows": 3}, {"ranges": 0}, {"rows": 0}])
@pytest.mark.parametrize("skip", [0, 1, 2, 3])
def test_rows_end_right_when_an_answer_is_cut_short(google, shop, fault, skip):
    google.fail(path=READ, skip=skip, **fault)
    write(shop)
    later(shop, 5)
    assert states(google, shop) == right()


def test_rows_that_were_not_read_are_looked_for_again(google, shop):
    """A reading cut short twice in a row looks like deleted rows; it is not believed at once."""
    google.fail(path=READ, rows=3)
    google.fail(path=READ, rows=0)
    assert write(shop).missing_qty > 0
    assert due_write_backs() == [shop.pk]
    write(shop)
    assert states(google, shop) == right()
    assert WriteBack.of(shop).missing_qty == 0


def test_empty_trailing_cells_are_no_difference(google, shop):
    write(shop)
    google.bodies.clear()
    assert write(shop, is_forced=True).row_qty == 0
    assert not google.bodies


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x.example";"clic")', "=1+1", "+212612345678", "-2+3", "@SUM(A1)"])
def test_a_formula_stays_the_text_it_is(google, shop, text):
    cancel(1, text)
    write(shop)
    assert column(google, WriteBack.of(shop).columns["reason"])[0] == text


def test_a_formula_would_be_evaluated_when_written_as_a_person_types(google, shop, monkeypatch):
    """The danger is real: with USER_ENTERED in place of RAW the same text becomes a link."""
    from commanda.intake.readers import sheet_editor

    real = sheet_editor.SheetEditor._change

    def typed(self, request, tab):
        if "valueInputOption" in (request.body or ""):
            request.body = request.body.replace('"RAW"', '"USER_ENTERED"')
            request.body_size = len(request.body)
        real(self, request, tab)

    monkeypatch.setattr(sheet_editor.SheetEditor, "_change", typed)
    cancel(1, '=HYPERLINK("http://x.example";"clic")')
    write(shop)
    assert isinstance(column(google, WriteBack.of(shop).columns["reason"])[0], Formula)


def test_large_sheets_are_written_in_pieces_over_several_minutes(google, shop, monkeypatch):
    monkeypatch.setattr("commanda.intake.write_back.ROWS_PER_BATCH", 2)
    monkeypatch.setattr("commanda.intake.write_back.RUNS_PER_BATCH", 2)
    monkeypatch.setattr(service, "BATCHES_PER_RUN", 1)
    first = google.spreadsheets[SHEET].tabs[0]
    change(google, [cells[:10] for cells in first.rows])
    runs = 0
    while shop.pk in due_write_backs() and runs < 10:
        written = write(shop)
        assert written.row_qty <= 2
        runs += 1
        if written.is_complete:
            break
    assert runs == ROWS / 2
    assert states(google, shop) == right()


def test_readings_and_writings_stay_within_the_quota(google, shop):
    google.paths.clear()
    write(shop)
    assert sum(READ in path for path in google.paths) <= 4
    assert sum(BATCH in path for path in google.paths) == 1


def test_state_of_a_changed_row_is_written_when_the_row_is_corrected_in_the_sheet(google, shop):
    first = google.spreadsheets[SHEET].tabs[0]
    first.rows[1][5] = "5 rue Neuve"
    google.spreadsheets[SHEET].touch()
    assert numbers(poll(shop)) == (0, 1, ROWS - 1, 0)
    write(shop)
    assert states(google, shop) == right()
