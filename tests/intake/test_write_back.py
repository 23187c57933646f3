"""What became of orders is written back to their sheet, into columns of ours, row by row found by its identity."""

from datetime import timedelta

import pytest
from procrastinate import testing
from procrastinate.contrib.django import procrastinate_app

from commanda.intake import tasks
from commanda.intake.models import ImportRun, StagedRow
from commanda.intake.services.sources import choose_sheet, set_active
from commanda.intake.services.write_back_settings import plan_write_back, switch_off, write_all_again
from commanda.intake.write_back import shown_text
from commanda.intake.write_back_state import WriteBack
from commanda.intake.write_back_values import due_write_backs
from commanda.kernel.clock import now, time_is
from commanda.kernel.errors import Invalid, NotAllowed
from commanda.orders.models import Order
from commanda.orders.services.assign import assign_orders
from commanda.orders.services.transition import transition_order
from commanda.shipping.services.carriers import save_carrier
from commanda.shipping.services.prepare import prepare_parcels, set_tracking
from commanda.stock.services.documents import StockLine, receive_stock
from tests.factories import make_actor, make_user
from tests.fakes.google import Tab
from tests.intake.connected import SHEET, SYSTEM, change, column, confirm, numbers, poll, switch_on, without_ours, write
from tests.intake.helpers import HEADER, row, sheet

pytestmark = pytest.mark.django_db
STATE, AGENT, TRACKING = 0, 1, 2


@pytest.fixture
def imported(source):
    assert numbers(poll(source)) == (2, 0, 0, 0)
    return source


def headers(source):
    return list(WriteBack.of(source).columns.values())


def order(number):
    return Order.objects.get(staged_rows__key=f"x:A{number}")


def cancel(number, text="Trop cher"):
    transition_order(actor=SYSTEM, order_id=order(number).pk, to="cancelled", reason_text=text)


def test_columns_are_added_behind_everything_when_written_for_the_first_time(google, imported, tab):
    tab.rows[1].append("une remarque à part")
    switch_on(imported)
    assert write(imported).row_qty == 2
    assert all(header.startswith("Commanda: ") for header in headers(imported))
    assert tab.rows[0] == [*HEADER, "", *headers(imported)]
    assert tab.rows[1] == [*row(1), "une remarque à part", "Nouvelle"]
    assert column(google, headers(imported)[STATE]) == ["Nouvelle", "Nouvelle"]


def test_everything_that_happens_to_an_order_reaches_its_row(google, imported):
    switch_on(imported, "order", "state", "reason", "agent", "carrier", "tracking")
    write(imported)
    receive_stock(actor=SYSTEM, lines=[StockLine(order(1).lines.get().variant_id, 5)], supplier="Atelier")
    agent = make_user("agent", name="Salma")
    carrier = save_carrier(actor=SYSTEM, name="Atlas Colis")
    steps = [
        (lambda: assign_orders(actor=SYSTEM, order_ids=[order(1).pk], agent_id=agent.pk), "agent", "Salma"),
        (lambda: transition_order(actor=SYSTEM, order_id=order(1).pk, to="confirmed"), "state", "Confirmée"),
        (
            lambda: prepare_parcels(actor=SYSTEM, order_ids=[order(1).pk], carrier_id=carrier.pk),
            "carrier",
            "Atlas Colis",
        ),
        (lambda: set_tracking(actor=SYSTEM, order_id=order(1).pk, tracking_number="AC123456"), "tracking", "AC123456"),
        (lambda: cancel(1), "reason", "Trop cher"),
    ]
    moment = now()
    for step, (act, name, text) in enumerate(steps, start=1):
        with time_is(moment + timedelta(minutes=5 * step)):
            write(imported)
            assert imported.pk not in due_write_backs() or step == 1
        with time_is(moment + timedelta(minutes=5 * step + 3)):
            assert imported.pk not in due_write_backs()
            act()
            assert imported.pk in due_write_backs()
            assert write(imported).row_qty == 1
            assert column(google, WriteBack.of(imported).columns[name])[0] == text
    assert column(google, WriteBack.of(imported).columns["order"]) == [order(1).reference, order(2).reference]


def test_only_cells_that_differ_are_written_in_one_raw_request(google, imported):
    switch_on(imported)
    write(imported)
    google.bodies.clear()
    cancel(2)
    write(imported)
    ((_method, path, body),) = google.bodies
    assert path.endswith("values:batchUpdate")
    assert body["valueInputOption"] == "RAW"
    assert [(each["range"], each["values"]) for each in body["data"]] == [("'Feuille 1'!K3:K3", [["Annulée"]])]


def test_nothing_is_written_when_nothing_has_changed(google, imported):
    switch_on(imported)
    write(imported)
    google.bodies.clear()
    before = google.spreadsheets[SHEET].modified_at
    assert write(imported, is_forced=True).row_qty == 0
    assert not google.bodies
    assert google.spreadsheets[SHEET].modified_at == before


def test_rows_are_found_again_when_sorted_inserted_deleted_and_columns_moved(google, imported, tab):
    switch_on(imported)
    write(imported)
    cancel(2)
    ours = [cells[10:] for cells in tab.rows]
    rows = [
        ["Titre"],
        [ours[0][0], "Nouveau", *HEADER, *ours[0][1:]],
        [ours[2][0], "y", *row(2), *ours[2][1:]],
        ["", "z", *row(3)],
        [ours[1][0], "x", *row(1), *ours[1][1:]],
    ]
    change(google, rows)
    others = without_ours(google)
    write(imported)
    assert column(google, headers(imported)[STATE]) == ["", "Annulée", "", "Nouvelle"]
    assert without_ours(google) == others
    change(google, [rows[1], rows[4]])
    written = write(imported, is_forced=True)
    assert (written.row_qty, written.missing_qty) == (0, 1)
    assert WriteBack.of(imported).missing_qty == 1


def test_every_row_of_an_order_says_the_same_when_it_has_several(google, imported):
    change(google, sheet(row(1), row(2), row(1, produit="ATLAS", quantite="2")))
    switch_on(imported)
    write(imported)
    assert column(google, headers(imported)[STATE]) == ["Nouvelle"] * 3


def test_equal_rows_are_two_orders_and_each_says_its_own(google, source):
    rows = [list(HEADER[1:]), row(1)[1:], row(1)[1:]]
    change(google, rows)
    source.mapping = None
    source.save()
    confirm(source)
    assert numbers(poll(source)) == (2, 0, 0, 0)
    second = Order.objects.get(staged_rows__key__endswith="#2")
    transition_order(actor=SYSTEM, order_id=second.pk, to="cancelled", reason_text="x")
    switch_on(source)
    write(source)
    assert column(google, headers(source)[STATE]) == ["Nouvelle", "Annulée"]


def test_rows_without_an_order_stay_empty_and_what_was_copied_there_goes(google, imported, tab):
    switch_on(imported)
    write(imported)
    tab.rows.append([*row(3, telephone="x"), "Nouvelle", "Salma"])
    tab.rows.append([""] * 10 + ["Annulée"])
    write(imported, is_forced=True)
    assert column(google, headers(imported)[STATE]) == ["Nouvelle", "Nouvelle", "", ""]
    assert column(google, headers(imported)[AGENT])[2] == ""


def test_our_columns_never_change_or_make_an_order(google, imported, tab):
    switch_on(imported)
    write(imported)
    assert poll(imported) is None  # one reading that finds nothing changed
    assert ImportRun.objects.count() == 1
    calls = google.calls["v4"]
    assert poll(imported) is None
    assert google.calls["v4"] == calls
    tab.rows.append([""] * 10 + ["Annulée"])
    google.spreadsheets[SHEET].touch()
    assert poll(imported) is None
    assert numbers(poll(imported, is_forced=True)) == (0, 0, 2, 0)
    assert not any("Commanda" in str(cells) for cells in StagedRow.objects.values_list("cells", flat=True))


def test_columns_are_made_again_when_somebody_deletes_them(google, imported, tab):
    switch_on(imported)
    write(imported)
    change(google, [cells[:10] for cells in tab.rows])
    write(imported, is_forced=True)
    assert tab.rows[0] == [*HEADER, *headers(imported)]
    assert column(google, headers(imported)[STATE]) == ["Nouvelle", "Nouvelle"]


@pytest.mark.parametrize("language", ["fr", "ar", "en"])
def test_labels_are_in_the_language_of_the_source(google, imported, language):
    switch_on(imported, "state", language=language)
    write(imported)
    expected = {"fr": "Nouvelle", "ar": order(1).state.label_ar, "en": order(1).state.label_en}[language]
    assert column(google, headers(imported)[0]) == [expected] * 2
    switch_on(imported, "state", "agent", language="fr")
    write(imported)
    assert column(google, headers(imported)[0]) == ["Nouvelle"] * 2
    assert sum("Commanda:" in str(cell) for cell in google.spreadsheets[SHEET].tabs[0].rows[0]) == 2


def test_grid_grows_when_it_has_no_column_left(google, imported, tab):
    tab.spare_columns = 0
    switch_on(imported)
    write(imported)
    assert tab.rows[0] == [*HEADER, *headers(imported)]


def test_long_texts_are_cut_and_put_on_one_line(google, imported):
    cancel(1, "mot\n" * 75)
    switch_on(imported, "reason")
    write(imported)
    text = column(google, headers(imported)[0])[0]
    assert text == " ".join(["mot"] * 75)
    assert shown_text("x" * 900) == "x" * 499 + "…"


def test_nothing_is_written_when_off_or_paused_or_for_another_tab(google, imported):
    assert write(imported) is None
    switch_on(imported)
    set_active(actor=SYSTEM, source_id=imported.pk, is_active=False)
    assert imported.pk not in due_write_backs()
    assert write(imported) is None
    set_active(actor=SYSTEM, source_id=imported.pk, is_active=True)
    google.spreadsheets[SHEET].tabs.append(Tab("Mai", sheet(row(1)), gid=7))
    choose_sheet(actor=SYSTEM, source_id=imported.pk, spreadsheet=SHEET, tab="Mai")
    assert write(imported) is None
    assert WriteBack.of(imported).error_code == "another_sheet"
    switch_on(imported)
    assert write(imported).row_qty == 1
    switch_off(actor=SYSTEM, source_id=imported.pk)
    assert due_write_backs() == []
    google.bodies.clear()
    cancel(1)
    assert write(imported) is None
    assert not google.bodies
    with pytest.raises(Invalid):
        write_all_again(actor=SYSTEM, source_id=imported.pk)


def test_plan_tells_what_would_happen_and_writes_nothing(google, imported, tab):
    tab.rows.append(row(3))
    found = plan_write_back(actor=SYSTEM, source_id=imported.pk, fields=["state", "agent"], language="fr")
    assert (len(found.new_headers), found.row_qty, found.missing_qty) == (2, 2, 0)
    assert [(sample.number, sample.texts) for sample in found.samples] == [(2, ("Nouvelle", "")), (3, ("Nouvelle", ""))]
    assert not google.bodies
    switch_on(imported, "state")
    write(imported)
    again = plan_write_back(actor=SYSTEM, source_id=imported.pk, fields=["state", "agent"], language="fr")
    assert (len(again.new_headers), again.row_qty) == (1, 0)


@pytest.mark.parametrize(("fields", "language"), [([], "fr"), (["cost"], "fr"), (["state"], "xx")])
def test_choice_is_refused_when_it_makes_no_sense(imported, fields, language):
    with pytest.raises(Invalid):
        switch_on(imported, *(fields or ["cost"]), language=language)


def test_agents_may_not_write_back(imported):
    for act in (switch_off, write_all_again):
        with pytest.raises(NotAllowed):
            act(actor=make_actor("agent"), source_id=imported.pk)


@pytest.mark.django_db(transaction=True)
def test_worker_writes_within_a_minute_and_once(google, imported):
    connector = testing.InMemoryConnector()
    with procrastinate_app.current_app.replace_connector(connector) as app:
        switch_on(imported)
        tasks.write_back_due(timestamp=0)
        tasks.write_back_due(timestamp=0)
        assert len(connector.jobs) == 1
        app.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
    assert column(google, headers(imported)[STATE]) == ["Nouvelle", "Nouvelle"]
    with time_is(now() + timedelta(minutes=2)):
        write(imported)  # once more: what was committed late must not be missed
        assert due_write_backs() == []
    with time_is(now() + timedelta(hours=7)):  # the whole sheet is compared from time to time
        assert due_write_backs() == [imported.pk]
