"""Fill an empty shop: `load_demo()`, called by `commanda up --demo`."""

import os
import sys
from pathlib import Path
from random import Random

from django.conf import settings

from commanda.customers.city_names import CityIndex
from commanda.customers.models import City
from commanda.intake.services.import_file import import_file
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import CASABLANCA, now, today
from commanda.orders.models import Order
from demo.ads import set_up_ads
from demo.alerts import spare_the_mailbox
from demo.commissions import pay_agents
from demo.reports import schedule_reports
from demo.setup import set_up
from demo.sheet import SEED, SheetRow, make_sheet, write_csv, write_xlsx
from demo.story import Story

DAYS = 60
SOURCE = "Feuille Souk Atlas"


def load_demo(*, days: int = DAYS, rows: int = 600) -> None:
    """Make the demo shop in a database without orders; about a minute. Says how far it is on a terminal."""
    if Order.objects.exists():
        return
    chance = Random(SEED)
    day = today()
    sheet = make_sheet(day, days=days, rows=rows)
    folder = Path(settings.DATA_DIR) / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(folder / "commandes.csv", sheet)
    write_xlsx(folder / "commandes.xlsx", sheet)
    shop = set_up(day, days, chance)
    spare_the_mailbox(shop)
    story = Story(shop, chance, _cities(), _importer(folder))
    story.tell(day, days, _until_now(sheet), _say)
    pay_agents(shop, day)
    set_up_ads(shop, day, chance)
    schedule_reports(shop)


def _cities() -> CityIndex:
    names = [(name, city.pk) for city in City.objects.all() for name in (city.name_fr, city.name_ar)]
    aliases = City.objects.values_list("aliases__text_folded", "pk")
    return CityIndex([*names, *((text, pk) for text, pk in aliases if text)])


def _importer(folder: Path):
    """Import rows as the shop's sheet: the same source every time, so that a row is known again."""
    part = folder / f"part-{os.getpid()}.csv"

    def import_rows(rows: list[SheetRow]) -> None:
        write_csv(part, rows)
        import_file(actor=system_actor("demo"), path=part, source_name=SOURCE, dry_run=False)
        part.unlink()

    return import_rows


def _until_now(sheet: list[SheetRow]) -> list[SheetRow]:
    present = now().astimezone(CASABLANCA).replace(tzinfo=None)
    return [row for row in sheet if row.written_at <= present]


def _say(done: int, total: int) -> None:
    if sys.stdout.isatty():
        sys.stdout.write(f"\rThe demo shop lives through day {done} of {total} …{chr(10) if done == total else ''}")
        sys.stdout.flush()
