"""What a person does with rows that wait: mend, choose, remember, set aside, try again."""

import pytest

from commanda.catalog.models import Alias
from commanda.customers.models import City, CityAlias
from commanda.intake.models import StagedRow
from commanda.intake.services.fixing import Fix
from commanda.intake.services.mend_many import begin_mending, run_mending
from commanda.intake.services.mend_row import mend_row
from commanda.intake.services.set_aside import ignore_row, reopen_row
from commanda.intake.services.settle_row import settle_row
from commanda.kernel.actor import system_actor
from commanda.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from commanda.orders.models import Order
from tests.factories import make_actor, make_variant
from tests.intake.helpers import HEADER, counts, make_source, read, row, sheet

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")


@pytest.fixture(autouse=True)
def watch():
    return make_variant(name="Montre Atlas", sku="ATLAS", price="199.00")


def waiting(number=1):
    return StagedRow.objects.get(key=f"x:A{number}")


def retry_all():
    """Try everything that waits again."""
    ids = StagedRow.objects.filter(status="rejected").values_list("pk", flat=True)
    return run_mending(actor=SYSTEM, mending_id=begin_mending(actor=SYSTEM, action="retry", row_ids=ids).pk)


def test_row_is_imported_when_its_cell_is_mended():
    source, rows = make_source(), sheet(row(1, telephone="#ERROR!"))
    read(source, rows)
    staged = mend_row(actor=SYSTEM, row_id=waiting().pk, fixes={0: Fix(texts={"phone": "06 11 22 33 44"})})
    assert staged.status == "imported"
    assert staged.order.phone_e164 == "+212611223344"
    assert staged.cells["rows"][0]["cells"]["phone"] == "#ERROR!"
    assert counts(read(source, rows)[1]) == (0, 0, 1, 0)
    assert Order.objects.count() == 1


def test_row_still_waits_when_the_correction_does_not_suffice():
    read(make_source(), sheet(row(1, telephone="#ERROR!", quantite="-3")))
    staged = mend_row(actor=SYSTEM, row_id=waiting().pk, fixes={0: Fix(texts={"phone": "0611223344"})})
    assert (staged.status, staged.order) == ("rejected", None)
    assert [problem["code"] for problem in staged.problems if problem["field"] == "quantity"] == [
        "quantity_not_positive"
    ]
    assert waiting().corrections == {"0": {"phone": "0611223344"}}
    staged = mend_row(actor=SYSTEM, row_id=staged.pk, fixes={0: Fix(texts={"quantity": "3"})})
    assert staged.order.lines.get().quantity == 3


def test_correction_holds_when_another_cell_changes_and_goes_when_its_own_does():
    source = make_source()
    read(source, sheet(row(1, telephone="#ERROR!", quantite="x")))
    mend_row(actor=SYSTEM, row_id=waiting().pk, fixes={0: Fix(texts={"phone": "0611223344"})})
    read(source, sheet(row(1, telephone="#ERROR!", quantite="2")))
    assert Order.objects.get().phone_e164 == "+212611223344"
    read(source, sheet(row(2, telephone="1", quantite="x")))
    mend_row(actor=SYSTEM, row_id=waiting(2).pk, fixes={0: Fix(texts={"phone": "0611223344"})})
    read(source, sheet(row(2, telephone="0655555555", quantite="2")))
    assert waiting(2).order.phone_e164 == "+212655555555"


def test_product_choice_is_remembered_when_the_name_was_unknown(watch):
    source = make_source()
    read(source, sheet(row(1, produit="Mntr Atlss"), row(2, produit="MNTR atlss")))
    staged = mend_row(actor=SYSTEM, row_id=waiting().pk, fixes={0: Fix(variant_id=watch.pk)})
    assert staged.status == "imported"
    assert Alias.objects.get().text == "Mntr Atlss"
    assert waiting(2).status == "rejected"
    assert retry_all().imported_qty == 1
    _run, outcome = read(source, sheet(row(3, produit="mntr atlss")))
    assert counts(outcome) == (1, 0, 0, 0)


def test_pieces_of_the_offer_are_kept_when_its_product_is_chosen(watch):
    read(make_source(), sheet(row(1, produit="Mntr X 2 pcs à 350 dh", quantite="", prix="")))
    staged = mend_row(actor=SYSTEM, row_id=waiting().pk, fixes={0: Fix(variant_id=watch.pk)})
    assert Alias.objects.get().text_folded == "mntr x"
    assert staged.order.lines.get().quantity == 2
    assert staged.order.total_amount == 350


def test_nothing_is_remembered_when_the_name_only_lacks_its_size():
    red = make_variant(name="Robe Souira", color="Rouge", size="M")
    from commanda.catalog.services.products import VariantData, update_product

    data = [
        VariantData(variant_id=red.pk, sku=red.sku, price_amount=red.price_amount, color="Rouge", size="M"),
        VariantData(sku="ROBE-B", price_amount=red.price_amount, color="Bleu", size="M"),
    ]
    update_product(actor=SYSTEM, product_id=red.product_id, fields={}, variants=data)
    read(make_source(), sheet(row(1, produit="Robe Souira")))
    assert waiting().problems[0]["code"] == "variant_unclear"
    staged = mend_row(actor=SYSTEM, row_id=waiting().pk, fixes={0: Fix(variant_id=red.pk)})
    assert staged.order.lines.get().variant == red
    assert not Alias.objects.exists()


def test_learnt_name_holds_for_its_colour_only_when_a_column_tells_colours():
    red = make_variant(name="Robe Souira", color="Rouge")
    header, source = [*HEADER, "Couleur"], make_source()
    read(source, [header, [*row(1, produit="Rob swira"), "Rouge"], [*row(2, produit="Rob swira"), "Bleu"]])
    mend_row(actor=SYSTEM, row_id=waiting().pk, fixes={0: Fix(variant_id=red.pk)})
    retry_all()
    assert (waiting(1).status, waiting(2).status) == ("imported", "rejected")


def test_city_is_remembered_when_a_person_chooses_it():
    rabat, source = City.objects.get(slug="rabat"), make_source()
    read(source, sheet(row(1, ville="Xyztown"), row(7, ville="Xyztown"), row(8, ville="Abctown")))
    staged = waiting()
    assert (staged.status, staged.needs_look, staged.order.city) == ("imported", True, None)
    settle_row(actor=SYSTEM, row_id=staged.pk, city_id=rabat.pk)
    assert waiting().order.city == waiting(7).order.city == rabat
    assert not waiting(7).needs_look
    assert waiting(8).needs_look
    assert CityAlias.objects.get(text_folded="xyztown").is_learnt
    assert not waiting().needs_look
    read(source, sheet(row(2, ville="xyzTOWN")))
    assert waiting(2).order.city == rabat
    assert not waiting(2).needs_look


def test_row_stays_as_it_was_read_when_it_is_set_aside():
    source, rows = make_source(), sheet(row(1, telephone="test"))
    read(source, rows)
    with pytest.raises(Invalid):
        ignore_row(actor=SYSTEM, row_id=waiting().pk, reason="  ")
    ignore_row(actor=SYSTEM, row_id=waiting().pk, reason="Un essai")
    assert counts(read(source, rows)[1]) == (0, 0, 1, 0)
    assert counts(read(source, sheet(row(1)))[1]) == (0, 1, 0, 0)
    assert not Order.objects.exists()
    reopen_row(actor=SYSTEM, row_id=waiting().pk)
    assert counts(read(source, sheet(row(1)))[1]) == (1, 0, 0, 0)


def test_mending_is_refused_when_the_row_was_imported_meanwhile():
    read(make_source(), sheet(row(1)))
    with pytest.raises(Conflict):
        mend_row(actor=SYSTEM, row_id=waiting().pk, fixes={0: Fix(texts={"phone": "0611223344"})})
    with pytest.raises(Conflict):
        ignore_row(actor=SYSTEM, row_id=waiting().pk, reason="x")


@pytest.mark.parametrize(
    "fixes", [{0: Fix(texts={"colour of hair": "x"})}, {7: Fix(texts={"phone": "x"})}, {0: Fix(variant_id=999_999)}]
)
def test_mending_is_refused_when_it_names_what_does_not_exist(fixes):
    read(make_source(), sheet(row(1, telephone="x")))
    with pytest.raises((Invalid, NotFound)):
        mend_row(actor=SYSTEM, row_id=waiting().pk, fixes=fixes)


def test_inbox_is_closed_when_the_person_may_not_manage_intake():
    read(make_source(), sheet(row(1, telephone="x")))
    agent = make_actor("agent")
    for call in (
        lambda: mend_row(actor=agent, row_id=waiting().pk, fixes={}),
        lambda: ignore_row(actor=agent, row_id=waiting().pk, reason="x"),
        lambda: begin_mending(actor=agent, action="retry", row_ids=[waiting().pk]),
        lambda: settle_row(actor=agent, row_id=waiting().pk),
    ):
        with pytest.raises(NotAllowed):
            call()
