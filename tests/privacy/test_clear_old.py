"""What goes by itself after its time, and what stays."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection

from commanda.config.paths import BASE_DIR
from commanda.intake.models import Mending, StagedRow
from commanda.intake.services.import_file import import_file
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import now
from commanda.orders.models import BulkRun, Order
from commanda.orders.services.transition import transition_order
from commanda.privacy.models import Access
from commanda.privacy.services.clear_old import CLEARED, clear_old
from commanda.privacy.services.note_access import note_access
from tests.factories import make_actor, make_user, make_variant

SHEET = """Référence;Date;Nom;Téléphone;Ville;Adresse;Produit;Quantité;Prix
A-1;2025-01-20;Nadia Essai;0667890123;Rabat;7 rue A;THE-1;1;199
A-2;2025-01-20;Ali Essai;0698765432;Rabat;3 rue B;THE-1;1;199
A-3;2025-01-20;Omar Essai;0698765433;Rabat;3 rue B;INCONNU;1;199
"""
LONG_AGO, LATELY = timedelta(days=800), timedelta(days=5)


def age(model: Any, pk: Any, by: timedelta, *names: str) -> None:
    model._default_manager.filter(pk=pk).update(**dict.fromkeys(names, now() - by))


@pytest.mark.django_db
def test_cells_go_and_keys_stay_when_an_order_ended_long_ago(tmp_path: Path) -> None:
    make_variant(name="Thé", sku="THE-1", price="199.00", stock=50)
    path = tmp_path / "a.csv"
    path.write_text(SHEET)
    import_file(actor=system_actor("t"), path=path, source_name="F", dry_run=False)
    ended, still_open = Order.objects.order_by("pk")
    transition_order(actor=system_actor("t"), order_id=ended.pk, to="cancelled", reason_text="x")
    for order in (ended, still_open):
        age(Order, order.pk, LONG_AGO, "updated_at")
    for pk in StagedRow.objects.values_list("pk", flat=True):
        age(StagedRow, pk, LONG_AGO, "updated_at")

    assert clear_old()["cells of imported rows"] == 1
    emptied = StagedRow.objects.get(status="erased")
    assert (emptied.order_id, emptied.cells) == (ended.pk, {"rows": []})
    assert StagedRow.objects.exclude(cells={"rows": []}).count() == 2, "open orders and rows that wait keep their cells"
    for text in (SHEET, SHEET + "\n"):
        path.write_text(text)
        again = import_file(actor=system_actor("t"), path=path, source_name="F", dry_run=False)
        assert (again.as_dict()["new"], Order.objects.count()) == (0, 2)


@pytest.mark.django_db
def test_only_what_is_old_goes_when_the_night_clears() -> None:
    user = make_user("agent")
    for by in (LONG_AGO, LATELY):
        at = now() - by
        note_access(actor=make_actor("agent"), kind="opened", customer_ids=[1])
        age(Access, Access.objects.latest("pk").pk, by, "at")
        BulkRun.objects.create(
            user=user, action="tag", params={}, order_ids=[1], created_at=at, updated_at=at, finished_at=at
        )
        Mending.objects.create(action="ignore", row_ids=[], created_at=at, updated_at=at, finished_at=at)
        Session.objects.create(session_key=str(by.days), session_data="x", expire_date=now() + timedelta(days=30) - by)
        with connection.cursor() as cursor:
            cursor.execute(
                "WITH job AS (INSERT INTO procrastinate_jobs (queue_name, task_name, status)"
                " VALUES ('q', 't', 'succeeded') RETURNING id)"
                " INSERT INTO procrastinate_events (job_id, type, at) SELECT id, 'succeeded', %s FROM job",
                [at],
            )
    unfinished = BulkRun.objects.create(
        user=user, action="tag", params={}, order_ids=[1], created_at=now() - LONG_AGO, updated_at=now() - LONG_AGO
    )

    done = clear_old()
    for what in ("access log", "bulk actions", "work of the inbox", "sessions", "finished jobs"):
        assert done[what] == 1, what
    assert BulkRun.objects.filter(pk=unfinished.pk).exists()
    assert sum(clear_old().values()) == 0


@pytest.mark.django_db
def test_pieces_follow_each_other_when_there_is_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commanda.privacy.services.clear_old._AT_ONCE", 2)
    actor = make_actor("agent")
    for _number in range(5):
        note_access(actor=actor, kind="opened", customer_ids=[1])
    Access.objects.update(at=now() - LONG_AGO)
    assert clear_old()["access log"] == 5


def test_guide_tells_everything_that_is_cleared() -> None:
    guide = (BASE_DIR / "docs" / "ops" / "personal-data.md").read_text()
    assert [what for what in CLEARED if what not in guide] == []
