"""Every kind has words for its answer in the three languages, with its numbers as Moroccans write them."""

from decimal import Decimal

import pytest
from django.utils.translation import override

from commanda.alerts.kinds import KINDS, Facts, Finding
from commanda.alerts.naming import Names
from commanda.alerts.units import Unit
from commanda.customers.models import City
from tests.factories import make_variant

EXTRA = {
    "days": "7",
    "left": "4",
    "variants": "1",
    "orders": "24",
    "part": "12",
    "leads": "11",
    "hours": "3",
    "jobs": "5",
    "number": "11",
}


@pytest.mark.parametrize("language", ["fr", "ar", "en"])
@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.slug)
def test_kind_speaks(kind, language):
    facts = Facts.of(Finding("1", Decimal("12.50"), Decimal("0.40"), extra=EXTRA))
    with override(language):
        sentence = kind.says(facts)
        assert "%(" not in sentence
        assert kind.words(facts)["value"] in sentence
        for text in (kind.label, kind.explanation, kind.advice):
            assert str(text).strip()
        for limit in kind.limits:
            assert str(limit.label).strip()
            assert limit.lowest <= limit.default <= limit.highest


def test_several_low_variants_are_told_together():
    facts = Facts.of(Finding("1", Decimal(2), Decimal(10), extra={"variants": "3"}))
    with override("en"):
        assert KINDS["low_stock"].says(facts) == "3 variants are at or under 10; the lowest has 2."


@pytest.mark.parametrize(
    ("unit", "value", "written", "typed"),
    [
        (Unit.RATIO, "0.355", "35,5\u202f%", "35.5"),
        (Unit.MAD, "1234.5", "1\u202f234,50\u00a0DH", "1234.5"),
        (Unit.COUNT, "1234", "1\u202f234", "1234"),
        (Unit.HOURS, "100", "100 h", "100"),
        (Unit.MINUTES, "119", "119 min", "119"),
        (Unit.MINUTES, "120", "2 h", "120"),
        (Unit.MINUTES, "3000", "2 d", "3000"),
    ],
)
def test_unit_writes_and_reads_its_numbers(unit, value, written, typed):
    with override("en"):
        assert unit.written(Decimal(value)) == written
    assert str(unit.typed(Decimal(value))) == typed
    assert unit.read(unit.typed(Decimal(value))) == Decimal(value)


@pytest.mark.django_db
def test_things_have_their_names_in_the_language_in_force_and_a_key_when_they_are_gone():
    variant, city = make_variant(name="Montre Essai"), City.objects.get(name_fr="Rabat")
    everything = [{"product": variant.product_id, "platform": "facebook"}, {"city": city.pk}, {"product": 0}, {}]
    with override("fr"):
        assert [Names(everything).title(things) for things in everything] == [
            "Montre Essai · Facebook",
            "Rabat",
            "0",
            "",
        ]
    with override("ar"):
        assert Names(everything).title(everything[1]) == city.name_ar
