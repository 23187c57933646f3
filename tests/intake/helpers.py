"""Sheets for the pipeline's tests, written as people write them."""

import csv
from collections.abc import Sequence
from io import StringIO
from typing import Any

from commanda.intake.models import ImportRun, Source
from commanda.intake.readers import CsvReader
from commanda.intake.services.outcome import Outcome
from commanda.intake.services.run_import import execute
from commanda.kernel.actor import Actor, system_actor
from commanda.orders.models import Store

HEADER = ("Order ID", "Date", "Nom", "Téléphone", "Ville", "Adresse", "Produit", "Quantité", "Prix", "Remarque")


def row(number: int, **cells: Any) -> list[Any]:
    """A clean row; `cells` by header, folded to Python names (`nom`, `telephone` …)."""
    usual: dict[str, Any] = {
        "order_id": f"A{number}",
        "date": "12/10/2026 14:00",
        "nom": f"Client Exemple {number}",
        "telephone": f"06{number:08d}",
        "ville": "Casablanca",
        "adresse": f"{number} rue des Essais",
        "produit": "Montre Atlas",
        "quantite": "1",
        "prix": "199",
        "remarque": "",
    }
    unknown = set(cells) - set(usual)
    assert not unknown, unknown
    return list((usual | cells).values())


def sheet(*rows: Sequence[Any], header: Sequence[Any] = HEADER) -> list[list[Any]]:
    return [list(header), *(list(each) for each in rows)]


def as_csv(rows: Sequence[Sequence[Any]], encoding: str = "utf-8") -> bytes:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode(encoding)


def make_source(name: str = "Feuille", **fields: Any) -> Source:
    fields.setdefault("kind", Source.Kind.FILE)
    fields.setdefault("store", Store.objects.order_by("pk").first())
    return Source.objects.create(name=name, **fields)


def read(
    source: Source, rows: Sequence[Sequence[Any]], actor: Actor | None = None, **options: Any
) -> tuple[ImportRun, Outcome]:
    """Run the pipeline on rows; proves that none was lost on the way."""
    run, outcome = execute(
        actor=actor or system_actor("test"),
        source_id=source.pk,
        reader=CsvReader(as_csv(rows)),
        trigger=options.pop("trigger", ImportRun.Trigger.UPLOAD),
        **options,
    )
    assert outcome.read_qty == outcome.done_qty
    return run, outcome


def counts(outcome: Outcome) -> tuple[int, int, int, int]:
    return outcome.new_qty, outcome.changed_qty, outcome.unchanged_qty, outcome.rejected_qty
