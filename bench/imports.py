"""A file of new orders taken in, read again unchanged, and the same rows by a bare COPY."""

import csv
import datetime as dt
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.house import House
from bench.limits import Limits
from bench.load import Site
from bench.results import Figure

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


def take_in(site: Site, limits: Limits, *, rows: int) -> Iterator[Figure]:
    """Import the file for the first time, then again."""
    file = site.house.directory / "commandes.csv"
    _write(file, rows)
    first_order = _next_order(site.house)
    first, again = _import_twice(site.house, file)
    if first["read"] != rows or first["new"] + first["rejected"] != rows or first["rejected"] > rows * 0.03:
        raise RuntimeError(f"the import lost or refused rows: {first}")
    if again["new"] or again["changed"] or again["orders"]:
        raise RuntimeError(f"the second import changed something: {again}")
    copied = limits.copy_seconds(first_order)
    values = {"rate": rows / first["seconds"], "peak_mib": first["peak_mib"]}
    note = f"{rows / first['seconds']:,.0f} rows/s, peak {first['peak_mib']:.0f} MiB; the limit is COPY"
    yield Figure(
        "import", f"import {rows:,} rows", first["seconds"], "s", copied, values, note=note, is_shorter_better=True
    )
    share = again["seconds"] / first["seconds"]
    yield Figure(
        "import_again",
        "read the same file again",
        again["seconds"],
        "s",
        values={"of_first": share},
        note=f"{share * 100:.0f} % of the first",
    )


def _next_order(house: House) -> int:
    with house.connect() as connection:
        found = connection.execute("SELECT max(id) + 1 FROM orders_order").fetchone()
    return int(found[0]) if found else 1


def _import_twice(house: House, file: Path) -> list[dict[str, Any]]:
    line = [sys.executable, "-m", "bench.importing", str(file)]
    done = subprocess.run(line, env=house.environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"the import failed: {done.stderr[-2000:]}")
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def _write(file: Path, rows: int) -> None:
    """A sheet as shops keep them: French headers, dashed phones, prices with a comma, two lines for some orders."""
    from commanda.catalog.models import Variant
    from commanda.kernel.clock import today

    chance = random.Random(4)
    products = [(v.label, v.sku, v.price_amount) for v in Variant.objects.select_related("product").order_by("pk")]
    number = 0
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(HEADER)
        person: tuple[str, ...] = ()
        for _row in range(rows):
            if not person or chance.random() > TWO_LINES:
                number += 1
                person = _person(chance, number, today() - dt.timedelta(days=chance.randint(0, 20)))
            label, sku, price = chance.choice(products)
            quantity = chance.choice((1, 1, 1, 2))
            total = f"{price * quantity:.2f}".replace(".", ",")
            writer.writerow([*person, label, sku, quantity, f"{total} DH", ""])


def _person(chance: random.Random, number: int, day: dt.date) -> tuple[str, ...]:
    digits = f"06{chance.randint(61_000_000, 69_999_999)}"
    phone = "#ERROR!" if chance.random() < BROKEN_PHONES else "-".join(digits[at : at + 2] for at in range(0, 10, 2))
    return (
        f"BQ-{number}",
        f"{day:%d/%m/%Y} 10:00",
        chance.choice(NAMES),
        phone,
        chance.choice(CITIES),
        f"Hay Salam n° {number % 400}",
    )
