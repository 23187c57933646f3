"""The staged-row pipeline: what becomes of rows that are read once, again, changed, moved, mended."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commanda.customers.models import Customer
from commanda.intake.models import ImportRun, StagedRow
from commanda.intake.readers.base import ReadProblem
from commanda.kernel.actor import system_actor
from commanda.kernel.errors import CommandaError, NotAllowed
from commanda.orders.models import Order, Store
from commanda.orders.services.edit import edit_order
from commanda.orders.services.transition import transition_order
from tests.factories import make_actor, make_user, make_variant
from tests.intake.helpers import HEADER, counts, make_source, read, row, sheet

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")


@pytest.fixture(autouse=True)
def watch():
    return make_variant(name="Montre Atlas", sku="ATLAS", price="199.00", stock=50)


def order_of(number):
    return Order.objects.get(staged_rows__key=f"x:A{number}")


def test_orders_are_made_when_rows_are_clean():
    source = make_source(platform="facebook", campaign="Rentrée")
    run, outcome = read(source, sheet(row(1, quantite="2", prix="398,00 DH"), row(2)))
    assert counts(outcome) == (2, 0, 0, 0)
    assert (run.status, run.order_qty, run.read_qty, run.done_qty) == ("done", 2, 2, 2)
    order = order_of(1)
    assert order.customer_name == "Client Exemple 1"
    assert order.phone_e164 == "+212600000001"
    assert (order.city.slug, order.city_text) == ("casablanca", "Casablanca")
    assert order.total_amount == Decimal("398.00")
    assert order.created_at.isoformat() == "2026-10-12T14:00:00+00:00"
    assert (order.platform, order.campaign, order.channel) == ("facebook", "Rentrée", "file")
    assert [(line.sku, line.quantity, line.unit_price_amount) for line in order.lines.all()] == [
        ("ATLAS", 2, Decimal("199.00"))
    ]


def test_bad_rows_wait_with_their_reasons_when_others_are_clean():
    _run, outcome = read(make_source(), sheet(row(1, telephone="#ERROR!"), row(2), row(3, produit="Inconnu")))
    assert counts(outcome) == (1, 0, 0, 2)
    assert outcome.reasons == {"phone_formula_error": 1, "unknown_product": 1}
    waiting = StagedRow.objects.get(key="x:A1")
    assert (waiting.status, waiting.order, waiting.row_number) == ("rejected", None, 2)
    assert waiting.cells["rows"][0]["cells"]["phone"] == "#ERROR!"
    assert [entry["row"] for entry in outcome.rejected] == [2, 4]


def test_nothing_is_written_when_the_same_rows_come_again():
    source, rows = make_source(), sheet(row(1), row(2, telephone="abc"), row(3))
    read(source, rows)
    before = list(StagedRow.objects.order_by("pk").values())
    run, outcome = read(source, rows)
    assert counts(outcome) == (0, 0, 2, 1)
    assert not outcome.wrote
    before[1]["last_run_id"] = run.pk  # it waits since this reading
    assert list(StagedRow.objects.order_by("pk").values()) == before
    assert Order.objects.count() == 2


def test_no_order_is_made_twice_when_rows_without_number_are_read_again():
    source = make_source()
    rows = [list(HEADER[1:]), *(row(number)[1:] for number in (1, 2))]
    read(source, rows)
    _run, outcome = read(source, [rows[0], ["", *[""] * 8], rows[2], row(3)[1:], rows[1]])
    assert counts(outcome) == (1, 0, 2, 0)
    assert Order.objects.count() == 3


def test_two_orders_are_made_when_equal_rows_stand_in_one_sheet():
    source, rows = make_source(), [list(HEADER[1:]), row(1)[1:], row(1)[1:]]
    _run, outcome = read(source, rows)
    assert outcome.order_qty == 2
    assert outcome.duplicate_qty == 1
    assert read(source, rows)[1].unchanged_qty == 2


def test_unchanged_rows_are_known_when_columns_are_inserted_and_rows_sorted():
    source = make_source()
    read(source, sheet(row(1), row(2)))
    wider = [["Nouveau", *HEADER], ["x", *row(2)], ["y", *row(1)]]
    assert counts(read(source, wider)[1]) == (0, 0, 2, 0)


def test_waiting_row_is_imported_when_its_product_was_added_since():
    source, rows = make_source(), sheet(row(1, produit="Sac Rif"))
    read(source, rows)
    make_variant(name="Sac Rif")
    _run, outcome = read(source, rows)
    assert counts(outcome) == (1, 0, 0, 0)
    assert StagedRow.objects.get().order is not None


def test_waiting_row_is_imported_when_its_cell_was_mended_in_the_sheet():
    source = make_source()
    read(source, sheet(row(1, telephone="06")))
    _run, outcome = read(source, sheet(row(1)))
    assert counts(outcome) == (1, 0, 0, 0)
    assert StagedRow.objects.count() == Order.objects.count() == 1


def test_order_follows_when_its_row_changes_and_may_be_edited():
    source = make_source()
    read(source, sheet(row(1)))
    _run, outcome = read(source, sheet(row(1, adresse="5 rue Neuve", quantite="3", prix="597", ville="Rabat")))
    assert counts(outcome) == (0, 1, 0, 0)
    order = order_of(1)
    assert (order.address, order.city.slug, order.total_amount) == ("5 rue Neuve", "rabat", Decimal(597))
    assert order.lines.get().quantity == 3
    assert not StagedRow.objects.get().needs_look


def test_reservation_follows_when_a_confirmed_order_changes_in_the_sheet(watch):
    source = make_source()
    read(source, sheet(row(1)))
    transition_order(actor=SYSTEM, order_id=order_of(1).pk, to="confirmed")
    read(source, sheet(row(1, quantite="4", prix="796")))
    watch.level.refresh_from_db()
    assert watch.level.reserved == 4


def test_row_notes_the_change_when_the_order_has_left_the_house():
    source = make_source()
    read(source, sheet(row(1)))
    for state in ("confirmed", "shipped"):
        transition_order(actor=SYSTEM, order_id=order_of(1).pk, to=state)
    changed = sheet(row(1, adresse="5 rue Neuve"))
    assert counts(read(source, changed)[1]) == (0, 1, 0, 0)
    assert order_of(1).address == "1 rue des Essais"
    staged = StagedRow.objects.get()
    assert staged.needs_look
    assert staged.problems[-1]["code"] == "change_too_late"
    assert counts(read(source, changed)[1]) == (0, 0, 1, 0)


def test_agents_work_is_kept_when_the_sheet_changes_the_same_field():
    source = make_source()
    read(source, sheet(row(1)))
    edit_order(actor=SYSTEM, order_id=order_of(1).pk, fields={"address": "Chez la voisine"})
    read(source, sheet(row(1, adresse="5 rue Neuve", ville="Rabat")))
    order = order_of(1)
    assert (order.address, order.city.slug) == ("Chez la voisine", "rabat")
    assert StagedRow.objects.get().problems[-1]["params"] == {"fields": "address"}


def test_upsell_is_kept_when_another_cell_changes(watch):
    from commanda.orders.services.drafts import LineDraft

    other, source = make_variant(price="50.00"), make_source()
    read(source, sheet(row(1)))
    edit_order(actor=SYSTEM, order_id=order_of(1).pk, lines=[LineDraft(watch.pk), LineDraft(other.pk, is_upsell=True)])
    read(source, sheet(row(1, adresse="5 rue Neuve")))
    assert order_of(1).lines.count() == 2
    assert order_of(1).address == "5 rue Neuve"
    read(source, sheet(row(1, adresse="5 rue Neuve", quantite="2", prix="398")))
    assert order_of(1).lines.count() == 2
    assert StagedRow.objects.get().needs_look


def test_order_stays_when_its_row_becomes_unreadable():
    source = make_source()
    read(source, sheet(row(1)))
    _run, outcome = read(source, sheet(row(1, telephone="#ERROR!", adresse="ailleurs")))
    assert counts(outcome) == (0, 1, 0, 0)
    assert order_of(1).address == "1 rue des Essais"
    assert StagedRow.objects.get().problems[-1]["code"] == "change_unreadable"


def test_state_stays_when_the_sheet_says_another_one():
    source = make_source()
    header = [*HEADER, "Statut"]
    read(source, [header, [*row(1), "Nouvelle"]])
    transition_order(actor=SYSTEM, order_id=order_of(1).pk, to="confirmed")
    _run, outcome = read(source, [header, [*row(1), "Annulée"]])
    assert outcome.changed_qty == 1
    assert order_of(1).stage == "confirmed"


def test_one_order_is_made_when_its_items_stand_in_several_rows():
    make_variant(name="Sac Rif", price="100.00")
    rows = sheet(
        row(1, prix="299"),
        row(2),
        row(1, produit="Sac Rif", prix="299"),
    )
    source = make_source()
    _run, outcome = read(source, rows)
    assert (outcome.read_qty, outcome.new_qty, outcome.order_qty) == (3, 3, 2)
    assert order_of(1).total_amount == Decimal(299)
    assert order_of(1).lines.count() == 2
    assert counts(read(source, [rows[0], rows[3], rows[2], rows[1]])[1]) == (0, 0, 3, 0)


def test_client_pays_the_sheets_total_when_it_differs_from_the_catalogue():
    make_variant(name="Sac Rif", price="100.00")
    read(make_source(), sheet(row(1, produit="Montre Atlas + Sac Rif", prix="250"), row(2, prix="229")))
    assert [order_of(number).total_amount for number in (1, 2)] == [Decimal(250), Decimal(229)]
    assert order_of(1).discount_amount == Decimal(49)


def test_order_is_tagged_when_its_client_is_blocked():
    source = make_source()
    read(source, sheet(row(1)))
    Customer.objects.update(is_blocked=True)
    _run, outcome = read(source, sheet(row(1), row(2, telephone="0600000001")))
    assert order_of(2).tags == ["blacklist"]
    assert (outcome.blocked_qty, outcome.duplicate_qty) == (1, 1)


def test_order_is_assigned_when_a_column_names_an_agent():
    agent = make_user("agent", name="Hiba Exemple")
    header = [*HEADER, "Agent"]
    read(make_source(), [header, [*row(1), "hiba exemple"], [*row(2), "Personne"], [*row(3), agent.email]])
    assert [order_of(number).assignee_id for number in (1, 2, 3)] == [agent.pk, None, agent.pk]


def test_store_is_the_named_one_when_a_column_names_it():
    other = Store.objects.create(name="Dar Zitoun", prefix="DZ")
    header = [*HEADER, "Boutique"]
    read(make_source(), [header, [*row(1), "dar zitoun"], [*row(2), "Autre"]])
    assert order_of(1).reference.startswith("DZ-")
    assert order_of(1).store == other
    assert order_of(2).reference.startswith("CM-")


def test_other_orders_are_taken_in_when_one_cannot_be_stored(monkeypatch):
    from commanda.intake.services import write_rows

    real = write_rows.create_in_bulk

    def picky(*, actor, drafts):
        if any(draft.customer_name.endswith("2") for draft in drafts):
            raise CommandaError("no")
        return real(actor=actor, drafts=drafts)

    monkeypatch.setattr(write_rows, "create_in_bulk", picky)
    _run, outcome = read(make_source(), sheet(row(1), row(2), row(3)))
    assert counts(outcome) == (2, 0, 0, 1)
    assert StagedRow.objects.get(key="x:A2").problems[-1]["code"] == "not_stored"


def test_run_tells_why_when_a_column_is_gone():
    source = make_source(kind="sheet_link")
    read(source, sheet(row(1)))
    with pytest.raises(ReadProblem):
        read(source, [["Nom", "Téléphone"], ["Client", "0612345678"]])
    run = ImportRun.objects.latest("pk")
    source.refresh_from_db()
    assert (run.status, run.error_code) == ("failed", "columns_missing")
    assert source.error_code == "columns_missing"
    assert source.failures_qty == 1


def test_import_is_refused_when_the_person_may_not():
    with pytest.raises(NotAllowed):
        read(make_source(), sheet(row(1)), actor=make_actor("supervisor"))


def test_imported_orders_are_told_as_the_persons_when_they_may_not_create_orders_themselves():
    from commanda.accounts.models import Role

    clerk = make_user("buyer")
    clerk.role = Role.objects.create(slug="clerk", name="Clerk", permissions=["intake.manage"])
    clerk.save()
    read(make_source(), sheet(row(1)), actor=clerk.as_actor())
    assert order_of(1).created_by == clerk


def test_queries_stay_the_same_when_rows_are_many():
    source = make_source()
    read(source, sheet(row(1)))
    with CaptureQueriesContext(connection) as few:
        read(source, sheet(*(row(number) for number in range(10, 20))))
    with CaptureQueriesContext(connection) as many:
        read(source, sheet(*(row(number) for number in range(100, 300))))
    with CaptureQueriesContext(connection) as again:
        read(source, sheet(*(row(number) for number in range(100, 300))))
    assert len(many) == len(few)
    assert len(again) < len(few)


def test_source_remembers_its_columns_when_the_first_reading_worked():
    source = make_source()
    read(source, sheet(row(1)))
    source.refresh_from_db()
    assert source.mapping["columns"]["phone"]["header"] == "Téléphone"
    assert source.last_success_at is not None
