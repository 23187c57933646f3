"""A sheet of new orders as shops keep them, as CSV, as XLSX and behind the fake of Google."""

import csv
import datetime as dt
import json
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple

HEADER = [
    "N° commande",
    "Date",
    "Nom complet",
    "Téléphone",
    "Ville",
    "Adresse",
    "Produit",
    "SKU",
    "Quantité",
    "Prix total",
    "Note",
]
CITIES = ("Casablanca", "casa", "Rabat", "Salé", "Marrakech", "Fès", "Tanger", "طنجة", "Agadir", "Meknès", "Oujda", "")
NAMES = ("Salma Exemple", "Karim Essai", "Houda Modèle", "أمينة مثال", "Driss Témoin")
BROKEN_PHONES = 0.01
TWO_LINES = 0.2
SPREADSHEET = "bench-0001"


class Sheet(NamedTuple):
    """What `bench.importing` is told, and the environment it needs. `longer` is the same file with a row more."""

    kind: str
    file: Path
    environment: dict[str, str]
    longer: Path | None = None


def as_csv(directory: Path, rows: int) -> AbstractContextManager[Sheet]:
    """Dates and prices as text, day first and with a comma."""
    return _as_files(directory, "csv", _write_csv, rows)


def as_xlsx(directory: Path, rows: int) -> AbstractContextManager[Sheet]:
    """Dates and numbers as values."""
    return _as_files(directory, "xlsx", _write_xlsx, rows)


def _as_files(
    directory: Path, ending: str, write: Callable[[Path, int], None], rows: int
) -> AbstractContextManager[Sheet]:
    file, longer = directory / f"commandes.{ending}", directory / f"commandes-plus.{ending}"
    write(file, rows)
    write(longer, rows + 1)
    return nullcontext(Sheet("file", file, {}, longer))


def _write_csv(file: Path, rows: int) -> None:
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text)
        for number, row in enumerate(_rows(rows, "BC")):
            writer.writerow([f"{row[1]:%d/%m/%Y %H:%M}" if number and at == 1 else cell for at, cell in enumerate(row)])


def _write_xlsx(file: Path, rows: int) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(file), {"constant_memory": True, "default_date_format": "dd/mm/yyyy hh:mm"}) as book:
        page = book.add_worksheet("Commandes")
        for number, row in enumerate(_rows(rows, "BX")):
            page.write_row(number, 0, row)


@contextmanager
def in_google(directory: Path, rows: int) -> Iterator[Sheet]:
    """Read by the real client from the fake, which runs in this process."""
    from tests.fakes.google import FakeGoogle, make_key_file, running

    google = FakeGoogle()
    google.add(SPREADSHEET, list(_rows(rows, "BG")))
    with running(google):
        file = directory / "google.json"
        file.write_text(json.dumps({"key": make_key_file(google), "spreadsheet": SPREADSHEET}), encoding="utf-8")
        yield Sheet("sheet", file, {"COMMANDA_GOOGLE_API_BASE": google.base})


def _rows(quantity: int, prefix: str) -> Iterator[list[Any]]:
    """French headers, dashed phones, prices in words, two lines for some orders; the first row is the header."""
    from commanda.catalog.models import Variant
    from commanda.kernel.clock import today

    chance = random.Random(prefix)
    products = [(v.label, v.sku, v.price_amount) for v in Variant.objects.select_related("product").order_by("pk")]
    yield list(HEADER)
    number = 0
    person: list[Any] = []
    for _row in range(quantity):
        if not person or chance.random() > TWO_LINES:
            number += 1
            day = dt.datetime.combine(today() - dt.timedelta(days=chance.randint(0, 20)), dt.time(10))
            person = _person(chance, f"{prefix}-{number}", day)
        label, sku, price = chance.choice(products)
        pieces = chance.choice((1, 1, 1, 2))
        total = f"{price * pieces:.2f}".replace(".", ",")
        yield [*person, label, sku, pieces, f"{total} DH", ""]


def _person(chance: random.Random, number: str, day: dt.datetime) -> list[Any]:
    digits = f"06{chance.randint(61_000_000, 69_999_999)}"
    phone = "#ERROR!" if chance.random() < BROKEN_PHONES else "-".join(digits[at : at + 2] for at in range(0, 10, 2))
    return [
        number,
        day,
        chance.choice(NAMES),
        phone,
        chance.choice(CITIES),
        f"Hay Salam n° {chance.randint(1, 400)}",
    ]
