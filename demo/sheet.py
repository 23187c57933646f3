"""The shop's messy sheet: about 600 rows with the dirt that a real export was found to have.

Measured in a real export of 573 rows and imitated in proportion: city empty in 457, phone with dashes in 543,
without 0 or with 212 in 24, `#ERROR!` in 2, 8 % of phones repeated, right-to-left marks glued to names, colour
and size inside the product text.
"""

import csv
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

import xlsxwriter

from demo.campaigns import marks_of
from demo.names import CITIES, FIRST, LAST, STREETS
from demo.products import PRODUCTS, DemoProduct

SEED = 20_261
ROWS = 600
HEADER = [
    "N° Commande",
    "Date",
    "Client",
    "Téléphone",
    "Ville",
    "Adresse",
    "Produit",
    "Qté",
    "Prix",
    "Source",
    "Remarque",
    "utm_source",
    "utm_campaign",
    "utm_content",
]
PLATFORMS = [("facebook", 46), ("tiktok", 30), ("instagram", 16), ("google", 8)]
RTL_MARK = "\u200f"


@dataclass(slots=True)
class SheetRow:
    """One row as it stands in the sheet, and the moment it was written there."""

    written_at: datetime
    cells: list[str] = field(default_factory=list)


def make_sheet(today: date, *, days: int = 60, rows: int = ROWS) -> list[SheetRow]:
    """The rows, oldest first; the same for the same day and sizes."""
    chance = Random(SEED)
    moments = sorted(_moment(chance, today, days) for _ in range(rows))
    people = [_person(chance, number) for number in range(int(rows * 0.92))]
    sheet = []
    for number, moment in enumerate(moments):
        person = people[number] if number < len(people) else chance.choice(people[: len(people) // 2])
        sheet.append(SheetRow(moment, _cells(chance, number, moment, person)))
    _spoil(chance, sheet)
    return sheet


def _moment(chance: Random, today: date, days: int) -> datetime:
    """More orders on recent days and in the evening."""
    age = int(days * (1 - chance.random() ** 0.8)) if chance.random() < 0.94 else 0
    day = today - timedelta(days=min(age, days - 1))
    hour = chance.choices(range(8, 24), [1, 2, 3, 3, 3, 3, 2, 3, 3, 3, 4, 5, 6, 7, 6, 3])[0]
    return datetime.combine(day, time(hour, chance.randrange(60), chance.randrange(60)))


def _person(chance: Random, number: int) -> tuple[str, str, str, str]:
    first, last = chance.choice(FIRST), chance.choice(LAST)
    script = 1 if chance.random() < 0.3 else 0
    name = f"{first[script]} {last[script]}"
    digits = f"06{chance.choice(['00', '00', '01'])}{number:04d}{chance.randrange(100):02d}"
    city = chance.choices([city for city, _ in CITIES], [weight for _, weight in CITIES])[0]
    return name, digits, city, chance.choice(STREETS)


def _phone_as_typed(chance: Random, digits: str) -> str:
    shape = chance.random()
    if shape < 0.945:
        return "-".join(digits[at : at + 2] for at in range(0, 10, 2))
    if shape < 0.965:
        return digits[1:]
    if shape < 0.985:
        return f"212{digits[1:]}"
    return f"'{digits[:4]}.{digits[4:7]}.{digits[7:]}"


def _product_as_typed(chance: Random, product: DemoProduct) -> tuple[str, int, int]:
    """Text, quantity and price as the landing page writes them."""
    color, size = chance.choice(product.variants)
    quantity = chance.choices([1, 2, 3], [84, 13, 3])[0]
    price = int(product.price) * quantity
    if product.aliases and chance.random() < 0.2 and not (color or size):
        return chance.choice(product.aliases), quantity, price
    options = [part for part in (size, color) if part]
    separator = chance.choice([" / ", "/", " "])
    return separator.join([product.name, *options]), quantity, price


def _cells(chance: Random, number: int, moment: datetime, person: tuple[str, str, str, str]) -> list[str]:
    name, digits, city, street = person
    product = chance.choices(PRODUCTS, [item.popularity for item in PRODUCTS])[0]
    text, quantity, price = _product_as_typed(chance, product)
    platform = chance.choices([item for item, _ in PLATFORMS], [weight for _, weight in PLATFORMS])[0]
    has_city = chance.random() < 0.2
    address = street if has_city else f"{street} {city}"
    written = f"{price}" if chance.random() < 0.8 else chance.choice([f"{price} DH", f"{price},00", f"{price}.00 MAD"])
    shown = f"{RTL_MARK}{name}" if chance.random() < 0.06 else name
    note = chance.choice(["", "", "", "", "", "Appeler après 18h", "Livraison rapide svp", "عاود الاتصال مساء"])
    return [
        f"YCN-{10_000 + number}", moment.strftime("%d/%m/%Y %H:%M"), shown, _phone_as_typed(chance, digits),
        city if has_city else "", address, text, str(quantity), written, platform, note,
        *marks_of(platform, product.slug, number),
    ]  # fmt: skip


def _spoil(chance: Random, sheet: list[SheetRow]) -> None:
    """The rows that must wait in the inbox."""
    spots = chance.sample(range(len(sheet) // 3, len(sheet)), 12)
    for spot in spots[:2]:
        sheet[spot].cells[3] = "#ERROR!"
    sheet[spots[2]].cells[3] = "06-00-12"
    sheet[spots[3]].cells[3] = ""
    for spot in spots[4:7]:
        sheet[spot].cells[6] = chance.choice(["Aspirateur robot X9", "produit 2", "عطر رجالي"])
    sheet[spots[7]].cells[7] = "-1"
    sheet[spots[8]].cells[8] = "gratuit"
    sheet[spots[9]].cells[1] = "03/05/1926"
    sheet[spots[10]].cells[7] = "1000000"
    sheet[spots[11]].cells[5] = '=HYPERLINK("http://example.invalid")'


def write_csv(path: Path, sheet: list[SheetRow]) -> None:
    """The sheet as a download of Google Sheets would be: UTF-8, commas."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(row.cells for row in sheet)


def write_xlsx(path: Path, sheet: list[SheetRow]) -> None:
    """The sheet as a workbook; every cell a text, as the landing page writes it."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        page = book.add_worksheet("Commandes")
        for at, cells in enumerate([HEADER, *(row.cells for row in sheet)]):
            page.write_row(at, 0, cells)
