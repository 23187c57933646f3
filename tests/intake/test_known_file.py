"""A file that comes again byte for byte is known without being read, and nothing of it is lost or doubled by that."""

import pytest
from django.core.files.base import ContentFile

from commanda.intake.mapping import Mapping
from commanda.intake.models import ImportRun, Source, StagedRow
from commanda.intake.readers import CsvReader
from commanda.intake.services import run_import
from commanda.intake.services.fixing import Fix
from commanda.intake.services.import_file import import_file, import_upload
from commanda.intake.services.mend_row import mend_row
from commanda.intake.services.set_aside import ignore_row
from commanda.intake.services.set_mapping import set_mapping
from commanda.intake.services.uploads import store_upload
from commanda.kernel.actor import system_actor
from commanda.orders.models import Order
from tests.factories import make_variant
from tests.intake.helpers import as_csv, row, sheet

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")


@pytest.fixture(autouse=True)
def watch():
    return make_variant(name="Montre Atlas", sku="ATLAS", price="199.00", stock=50)


@pytest.fixture
def readings(monkeypatch):
    """How often the rows of a file were read."""
    found = []
    rows = CsvReader.rows

    def counted(reader):
        found.append(reader)
        return rows(reader)

    monkeypatch.setattr(CsvReader, "rows", counted)
    return found


@pytest.fixture
def bring(tmp_path):
    """Write rows into a file and import it; what came of it as new, changed, unchanged, rejected."""

    def bring(*rows):
        file = tmp_path / "commandes.csv"
        file.write_bytes(as_csv(sheet(*rows)))
        report = import_file(actor=SYSTEM, path=file, source_name="Boutique")
        counted = (report.new, report.changed, report.unchanged, report.rejected)
        assert report.read == sum(counted)
        return counted

    return bring


def test_file_is_not_read_when_it_comes_again(bring, readings):
    rows = row(1), row(2, telephone="abc"), row(3)
    assert bring(*rows) == (2, 0, 0, 1)
    assert bring(*rows) == (0, 0, 2, 1)
    assert bring(*rows) == (0, 0, 2, 1)
    assert len(readings) == 1
    assert Order.objects.count() == 2
    assert [run.read_qty for run in ImportRun.objects.all()] == [3, 3, 3]


def test_file_is_read_when_one_byte_of_it_has_changed(bring, readings):
    bring(row(1), row(2))
    assert bring(row(1), row(2, adresse="9 rue des Essais")) == (0, 1, 1, 0)
    assert len(readings) == 2


def test_waiting_row_becomes_an_order_when_its_product_was_added_since(bring, readings):
    rows = row(1), row(2, produit="Sac Rif")
    assert bring(*rows) == (1, 0, 0, 1)
    make_variant(name="Sac Rif")
    assert bring(*rows) == (1, 0, 1, 0)
    assert bring(*rows) == (0, 0, 2, 0)
    assert len(readings) == 1


def test_waiting_row_with_several_lines_counts_as_many(bring):
    rows = row(1, telephone="abc"), row(1, telephone="abc", produit="Montre Atlas 2"), row(3)
    assert bring(*rows) == (1, 0, 0, 2)
    assert bring(*rows) == (0, 0, 1, 2)


def test_file_is_read_when_another_one_came_between(bring, readings):
    first, second = (row(1), row(2)), (row(1, adresse="9 rue des Essais"),)
    bring(*first)
    assert bring(*second) == (0, 1, 0, 0)
    assert bring(*first) == (0, 1, 1, 0)
    assert Order.objects.get(staged_rows__key="x:A1").address == "1 rue des Essais"
    assert len(readings) == 3


def test_file_is_read_when_another_one_ended_early(bring, readings, monkeypatch):
    first = row(1), row(2)
    bring(*first)
    monkeypatch.setattr(run_import, "CHUNK", 1)
    counted = run_import.Outcome.add
    monkeypatch.setattr(run_import.Outcome, "add", _stopping(counted, after=1))
    with pytest.raises(RuntimeError):
        bring(row(1, adresse="9 rue des Essais"), row(2, adresse="8 rue des Essais"))
    monkeypatch.setattr(run_import.Outcome, "add", counted)
    assert Order.objects.get(staged_rows__key="x:A1").address == "9 rue des Essais"
    assert bring(*first) == (0, 1, 1, 0)
    assert Order.objects.get(staged_rows__key="x:A1").address == "1 rue des Essais"
    assert len(readings) == 3


def _stopping(count, after):
    done = []

    def add(outcome, part):
        count(outcome, part)
        done.append(part)
        if len(done) == after:
            raise RuntimeError("killed")

    return add


def test_rows_of_other_files_are_left_alone_when_a_file_comes_again(bring, readings):
    bring(row(7, telephone="abc"), row(8, telephone="abc"))
    rows = row(1), row(2, telephone="abc")
    assert bring(*rows) == (1, 0, 0, 1)
    assert bring(*rows) == (0, 0, 1, 1)
    assert len(readings) == 2


def test_row_that_waits_since_an_earlier_file_is_looked_at_when_a_later_one_has_it(bring, readings):
    bring(row(1, produit="Sac Rif"))
    rows = row(1, produit="Sac Rif"), row(2)
    assert bring(*rows) == (1, 0, 0, 1)
    assert bring(*rows) == (0, 0, 1, 1)
    make_variant(name="Sac Rif")
    assert bring(*rows) == (1, 0, 1, 0)
    assert len(readings) == 2


def test_rows_are_as_they_are_when_a_person_dealt_with_them_meanwhile(bring, readings):
    rows = row(1, telephone="abc"), row(2, telephone="abc"), row(3)
    bring(*rows)
    mended, ignored = StagedRow.objects.filter(status="rejected").order_by("row_number")
    mend_row(actor=SYSTEM, row_id=mended.pk, fixes={0: Fix(texts={"phone": "0600000001"})})
    ignore_row(actor=SYSTEM, row_id=ignored.pk, reason="test")
    assert bring(*rows) == (0, 0, 3, 0)
    assert Order.objects.count() == 2
    assert len(readings) == 1


def test_file_is_read_when_its_columns_were_mapped_anew(bring, readings):
    rows = row(1, remarque="appeler le soir"), row(2)
    bring(*rows)
    source = Source.objects.get()
    mapping = Mapping.from_json(source.mapping)
    fewer = {name: column for name, column in mapping.columns.items() if name != "note"}
    assert len(fewer) < len(mapping.columns)
    set_mapping(actor=SYSTEM, source_id=source.pk, mapping=Mapping(columns=fewer))
    assert bring(*rows) == (0, 0, 2, 0)
    assert len(readings) == 2


def test_file_is_read_when_another_release_reads_it(bring, readings, monkeypatch):
    bring(row(1))
    monkeypatch.setattr("commanda.intake.services.known_file.release", lambda _name: "99.0")
    assert bring(row(1)) == (0, 0, 1, 0)
    assert len(readings) == 2


def test_run_shows_its_waiting_rows_when_they_waited_before(bring):
    rows = row(1), row(2, telephone="abc")
    for _turn in range(3):
        bring(*rows)
        assert StagedRow.objects.get(status="rejected").last_run == ImportRun.objects.order_by("-pk")[0]


def test_upload_is_not_read_when_it_comes_again_with_the_same_columns(bring, readings):
    rows = row(1), row(2, telephone="abc")
    bring(*rows)
    mapping = Mapping.from_json(Source.objects.get().mapping)
    upload = store_upload(
        actor=SYSTEM, file=ContentFile(as_csv(sheet(*rows))), name="autre nom.csv", source_name="Boutique"
    )
    run = import_upload(actor=SYSTEM, upload_id=upload.pk, mapping=mapping)
    assert (run.status, run.read_qty, run.unchanged_qty, run.rejected_qty) == ("done", 2, 1, 1)
    assert len(readings) == 1
