"""Fill the table of Moroccan zones and cities from the packaged list."""

from commanda.customers.city_names import load_cities, load_zones
from commanda.customers.models import City, CityAlias, Zone
from commanda.kernel.text import fold


def ensure_cities() -> None:
    """Create zones, cities and their spellings if there are none."""
    if City.objects.exists():
        return
    zones = {
        zone.slug: zone
        for zone in Zone.objects.bulk_create(
            Zone(slug=row.slug, name_fr=row.name_fr, name_ar=row.name_ar) for row in load_zones()
        )
    }
    rows = list(load_cities())
    cities = City.objects.bulk_create(
        City(slug=row.slug, name_fr=row.name_fr, name_ar=row.name_ar, zone=zones[row.zone_slug]) for row in rows
    )
    aliases: dict[str, City] = {}
    for row, city in zip(rows, cities, strict=True):
        for text in (row.name_fr, row.name_ar, *row.aliases):
            aliases.setdefault(fold(text), city)
    CityAlias.objects.bulk_create(CityAlias(text_folded=text, city=city) for text, city in aliases.items())
