"""Connecting sheets: what is refused, and why."""

import pytest

from commanda.intake.models import Source
from commanda.intake.readers.base import ReadProblem
from commanda.intake.services.read_source import choose_mapping
from commanda.intake.services.set_mapping import set_mapping
from commanda.intake.services.sources import create_source, set_active, update_source
from commanda.kernel.errors import Conflict, Invalid
from tests.fakes.google import make_key_file
from tests.intake.connected import SHEET, SYSTEM, change, poll
from tests.intake.helpers import row, sheet

pytestmark = pytest.mark.django_db


def test_sheet_rests_when_its_mapping_is_not_confirmed(google, tab):
    made = create_source(actor=SYSTEM, kind="sheet_api", name="Boutique", key_file=make_key_file(google))
    assert not made.is_active
    with pytest.raises(Invalid):
        set_active(actor=SYSTEM, source_id=made.pk, is_active=True)


@pytest.mark.parametrize("key_file", ["", "{}", "no json", '{"client_email": "a@b.c"}', "x" * 30_000])
def test_source_is_refused_when_the_key_file_is_none(key_file):
    with pytest.raises(ReadProblem) as caught:
        create_source(actor=SYSTEM, kind="sheet_api", name="Boutique", key_file=key_file)
    assert caught.value.code == "bad_key"
    assert not Source.objects.exists()


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ("http://127.0.0.1:1/admin", "bad_link"),
        ("https://example.com/spreadsheets/d/abcdefgh1234/edit", "bad_link"),
        ("file:///etc/passwd", "bad_link"),
        ("", "bad_link"),
    ],
)
def test_source_is_refused_when_the_link_is_no_sheet(link, code):
    with pytest.raises(ReadProblem) as caught:
        create_source(actor=SYSTEM, kind="sheet_link", name="Lien", link=link)
    assert caught.value.code == code


def test_source_is_refused_when_the_sheet_is_not_shared(google, tab):
    google.spreadsheets[SHEET].by_link = False
    with pytest.raises(ReadProblem) as caught:
        create_source(actor=SYSTEM, kind="sheet_link", name="Lien", link=f"{google.base}/spreadsheets/d/{SHEET}/edit")
    assert caught.value.code == "not_shared"


def test_name_is_refused_when_another_source_has_it(google, source):
    with pytest.raises(Invalid):
        create_source(actor=SYSTEM, kind="file", name="Boutique")
    with pytest.raises(Invalid):
        update_source(actor=SYSTEM, source_id=source.pk, changes={"poll_seconds": 1})


def test_mapping_is_refused_when_it_would_part_an_orders_rows(google, source):
    change(google, sheet(row(1), row(1, produit="ATLAS", prix="199")))
    poll(source)
    mapping = choose_mapping(source, [])
    columns = {name: column for name, column in mapping.columns.items() if name != "external_id"}
    with pytest.raises(Conflict):
        set_mapping(actor=SYSTEM, source_id=source.pk, mapping=mapping.with_settings(columns=columns))
