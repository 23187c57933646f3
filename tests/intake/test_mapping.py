"""Mappings: columns that complete one another, headers of two rows, what a person chose, files of mappings."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from commanda.intake.batch import Batch, stored_rows
from commanda.intake.choices import Choices, mapping_from_choices
from commanda.intake.headers import guess_mapping
from commanda.intake.mapped_rows import MappedRows
from commanda.intake.mapping import Column, Mapping
from commanda.intake.mapping_file import read_mapping, write_mapping
from commanda.intake.models import StagedRow
from commanda.intake.preview import make_preview
from commanda.intake.product_format import ProductFormat
from commanda.intake.readers.base import ReadProblem
from commanda.intake.services.set_mapping import remapped, seen_columns, set_mapping
from commanda.kernel.actor import system_actor
from commanda.kernel.errors import Invalid
from commanda.orders.models import Order
from tests.factories import make_variant
from tests.intake.helpers import counts, make_source, read

SYSTEM = system_actor("test")
HEADER = ["Nom", "Téléphone", "GSM", "Produit", "Cadeau", "Ville"]
ROW = ["Amine Tahiri", "", "0612345678", "Montre Atlas", "Sac Zellij", "Rabat"]


def columns(**fields: Any) -> Mapping:
    """A mapping of columns of `HEADER` by their places; several places: the further ones complete the first."""
    own, more = {}, {}
    for name, places in fields.items():
        first, *rest = [Column(at, HEADER[at]) for at in (places if isinstance(places, list) else [places])]
        own[name] = first
        if rest:
            more[name] = tuple(rest)
    return Mapping(own, more=more)


def test_next_column_is_used_when_the_first_is_empty() -> None:
    mapping = columns(phone=[1, 2], product=3)
    empty, filled = MappedRows(mapping, [HEADER, ROW, ["B", "0611111111", "0622222222", "Sac"]])
    assert (empty.cells["phone"], empty.made) == ("0612345678", ("phone",))
    assert (filled.cells["phone"], filled.made) == ("0611111111", ())


def test_product_columns_are_joined_when_several_are_filled() -> None:
    mapping = columns(phone=2, product=[3, 4])
    joined, alone = MappedRows(mapping, [HEADER, ROW, ["B", "", "0622222222", "", "Sac"]])
    assert joined.cells["product"] == "Montre Atlas\nSac Zellij"
    assert alone.cells["product"] == "Sac"


def test_reading_stops_when_a_column_that_completes_another_is_gone() -> None:
    mapping = columns(phone=[1, 2], product=3)
    with pytest.raises(ReadProblem, match="GSM"):
        mapping.locate([["Nom", "Téléphone", "Produit"]])


def test_signature_changes_with_the_order_of_columns_but_not_with_their_places() -> None:
    mapping = columns(phone=[1, 2], product=3)
    assert columns(phone=[2, 1], product=3).signature != mapping.signature
    assert columns(phone=1, product=3).signature != mapping.signature
    moved = Mapping(
        {"product": Column(0, "produit"), "phone": Column(9, "téléphone")}, more={"phone": (Column(4, "GSM"),)}
    )
    assert moved.signature == mapping.signature


SOME = [
    columns(phone=2, product=3, name=0),
    columns(phone=[1, 2], product=3, name=0),
    columns(phone=[2, 1], product=[3, 4], city=5),
    columns(phone=1, product=[4, 3], name=0, city=5),
    columns(phone=[1, 2], product=[3, 4]),
]


@pytest.mark.parametrize("before", SOME)
@pytest.mark.parametrize("after", SOME)
def test_stored_row_reads_under_a_new_mapping_as_the_sheet_does(before: Mapping, after: Mapping) -> None:
    rows = [HEADER, ROW, ["B", "0611111111", "0622222222", "Sac", "", "Fès"], ["C", "0611111112", "", "", "Sac", ""]]
    stored = [row for each in Batch(before, rows).candidates() for row in stored_rows(each.to_json())]
    fresh = [row for each in Batch(after, rows).candidates() for row in stored_rows(each.to_json())]
    seen = seen_columns(stored, before)
    for old, new in zip(stored, fresh, strict=True):
        again = stored_rows({"rows": [remapped(old, before, after, seen).to_json()]})[0]
        assert (again.cells, again.made) == (new.cells, new.made)
        assert {name: text for name, text in again.other.items() if name not in HEADER[1:5]} == {
            name: text for name, text in new.other.items() if name not in HEADER[1:5]
        }


TWO_ROWS = [
    ["N° commande", "Date", "Client", "", "", "Commande", ""],
    ["", "", "Nom", "Téléphone", "Ville", "Produit", "Qté"],
]


def test_names_of_two_header_rows_are_put_together() -> None:
    rows = [*TWO_ROWS, ["A1", "01/05/2026", "Amine Tahiri", "0612345678", "Rabat", "Montre", "1"]]
    mapping = guess_mapping(rows)
    assert mapping.columns["external_id"].header == "N° commande"
    assert mapping.columns["ordered_at"].header == "Date"
    (row,) = MappedRows(mapping, rows)
    assert row.cells["external_id"] == "A1"
    assert Batch(mapping, rows).header[0] == "N° commande"


@pytest.mark.parametrize("at_top", [True, False])
def test_second_header_is_no_order_when_it_is_in_another_language(at_top: bool) -> None:
    french = ["Nom", "Téléphone", "Ville", "Produit", "Prix"]
    arabic = ["الاسم", "الهاتف", "المدينة", "المنتج", "السعر"]
    rows = [*([french, arabic] if at_top else [arabic, french]), ["Amine", "0612345678", "Rabat", "Montre", "199"]]
    mapping = guess_mapping(rows)
    (row,) = MappedRows(mapping, rows)
    assert (row.number, row.cells["phone"]) == (3, "0612345678")
    assert Batch(mapping, rows).row_qty == 1


def test_order_below_the_header_stays_an_order_when_a_name_is_a_known_word() -> None:
    rows = [["Nom", "Téléphone", "Ville", "Produit"], ["Client", "0612345678", "Rabat", "Article"]]
    assert len(list(MappedRows(guess_mapping(rows), rows))) == 1


def choose(choice: dict[int, str], **more: Any) -> Mapping:
    return mapping_from_choices([HEADER, ROW], columns(phone=1, product=3), Choices(choice, **more))


def test_columns_of_one_field_complete_one_another_in_the_order_chosen() -> None:
    mapping = choose({1: "phone", 2: "phone", 3: "product"}, ranks={2: 0, 1: 1})
    assert mapping.columns["phone"].header == "GSM"
    assert [column.header for column in mapping.more["phone"]] == ["Téléphone"]
    # A column that is new to the field comes last.
    assert choose({1: "phone", 2: "phone"}, ranks={2: 0}).columns["phone"].header == "GSM"
    assert choose({1: "phone", 2: "phone"}).columns["phone"].header == "Téléphone"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "value"),
    [("quantity", "beaucoup"), ("quantity", "0"), ("unit_price", "gratuit"), ("channel", "pigeon"), ("store", "Nulle")],
)
def test_usual_value_is_refused_when_no_cell_could_hold_it(name: str, value: str) -> None:
    with pytest.raises(Invalid) as caught:
        choose({1: "phone"}, defaults={name: value})
    assert caught.value.field == name


@pytest.mark.django_db
def test_usual_values_fill_empty_cells_only_and_are_in_dirhams() -> None:
    make_variant(name="Montre Atlas", sku="ATLAS", price="250.00")
    source = make_source(platform="facebook")
    usual = {"product": "Montre Atlas", "quantity": "2", "unit_price": "150", "city": "Rabat", "note": "Appeler tôt",
             "platform": "tiktok", "channel": "web_form"}  # fmt: skip
    rows = [["Nom", "Téléphone", "Prix unitaire", "Note"], ["A", "0612345678"], ["B", "0612345679", "19900", "Vite"]]
    mapping = guess_mapping(rows).with_settings(defaults=usual, centimes=True)
    preview = make_preview(source, rows, mapping)
    assert preview.clean_qty == 2
    set_mapping(actor=SYSTEM, source_id=source.pk, mapping=mapping)
    source.refresh_from_db()
    assert source.options["channel"] == "web_form"
    read(source, rows)
    first, second = Order.objects.order_by("pk")
    assert (first.total_amount, first.note, first.platform) == (Decimal(300), "Appeler tôt", "tiktok")
    assert first.city is not None
    assert first.channel == "web_form"
    assert (second.total_amount, second.note) == (Decimal(398), "Vite")
    # Leaving the channel to the kind of the source again.
    set_mapping(actor=SYSTEM, source_id=source.pk, mapping=mapping.with_settings(defaults=usual | {"channel": ""}))
    source.refresh_from_db()
    assert "channel" not in source.options


@pytest.mark.django_db
def test_rows_stay_the_same_orders_when_columns_begin_to_complete_others() -> None:
    make_variant(name="Montre Atlas", sku="ATLAS")
    source = make_source()
    rows = [["Nom", "Téléphone", "GSM", "Produit", "Ville"], ["A", "0612345678", "", "Montre Atlas", "Rabat"],
            ["B", "", "0612345679", "Montre Atlas", "Fès"]]  # fmt: skip
    plain = Mapping({"name": Column(0, "Nom"), "phone": Column(1, "Téléphone"), "product": Column(3, "Produit")})
    set_mapping(actor=SYSTEM, source_id=source.pk, mapping=plain)
    _run, outcome = read(source, rows)
    assert counts(outcome) == (1, 0, 0, 1)
    both = plain.with_settings(more={"phone": (Column(2, "GSM"),)})
    set_mapping(actor=SYSTEM, source_id=source.pk, mapping=both)
    source.refresh_from_db()
    _run, outcome = read(source, rows)
    assert counts(outcome) == (1, 0, 1, 0)
    assert StagedRow.objects.count() == Order.objects.count() == 2


def test_mapping_goes_through_a_file_unchanged() -> None:
    mapping = columns(phone=[1, 2], product=[3, 4], city=5).with_settings(
        defaults={"quantity": "2", "note": "Été"},
        centimes=True,
        product_format=ProductFormat("slash", ("product", "size"), "plus"),
        preset="form_french",
    )
    assert read_mapping(write_mapping(mapping)) == mapping


GOOD = json.loads(write_mapping(columns(phone=1, product=3)))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not a JSON"),
        ("PK\x03", "not a JSON"),
        ("[" * 100_000, "not a JSON"),
        ("[]", "no mapping"),
        ('{"columns": {}}', "no mapping"),
        (json.dumps(GOOD | {"version": 2}), "newer version"),
        (json.dumps(GOOD | {"columns": {}}), "no columns"),
        (json.dumps(GOOD | {"columns": []}), "cannot be used"),
        (json.dumps(GOOD | {"columns": {"cost": {"index": 0, "header": "x"}}}), "unknown fields"),
        (json.dumps(GOOD | {"columns": {"phone": {"index": "0", "header": "x"}}}), "no number"),
        (json.dumps(GOOD | {"columns": {"phone": {"index": -1, "header": "x"}}}), "no number"),
        (json.dumps(GOOD | {"columns": {"phone": {"index": 1, "header": 5}}}), "no text"),
        (json.dumps(GOOD | {"more": {"city": [{"index": 1, "header": "x"}]}}), "complete a field"),
        (json.dumps(GOOD | {"centimes": "yes"}), "neither true"),
        (json.dumps(GOOD | {"defaults": {"quantity": "many"}}), "usual quantity"),
        (json.dumps(GOOD | {"defaults": {"quantity": 2}}), "no text"),
        (json.dumps(GOOD | {"defaults": {"hair": "x"}}), "Unknown field"),
        (json.dumps(GOOD | {"preset": "shop"}), "unknown layout"),
        (json.dumps(GOOD | {"product_format": {"separator": "hash"}}), "unknown separator"),
        (json.dumps(GOOD | {"product_format": {"parts": 5}}), "cannot be used"),
        (" " * 200_000, "too large"),
    ],
)
def test_file_is_refused_with_what_is_wrong_when_it_is_no_mapping(text: str, reason: str) -> None:
    with translation.override("en"), pytest.raises(Invalid, match=reason):
        read_mapping(text)
