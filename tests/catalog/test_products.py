from decimal import Decimal

import pytest

from commanda.audit.models import Event
from commanda.catalog.models import Alias, Category, Product, Variant
from commanda.catalog.services.aliases import add_alias, remove_alias
from commanda.catalog.services.products import VariantData, create_product, update_product
from commanda.kernel.actor import system_actor
from commanda.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from commanda.stock.models import StockLevel
from tests.factories import make_actor, make_bundle, make_order, make_variant

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")


def data(sku="A-1", price="99.00", **fields):
    return VariantData(sku=sku, price_amount=Decimal(price), **fields)


def test_variants_have_levels_when_a_product_is_created():
    product = create_product(
        actor=make_actor("admin"),
        fields={"name": " Théière ", "category": "Cuisine"},
        variants=[data("T-R", color="Rouge"), data("T-B", color="Bleu")],
    )
    assert (product.name, product.category.name) == ("Théière", "Cuisine")
    assert StockLevel.objects.filter(variant__product=product).count() == 2


@pytest.mark.parametrize(
    ("fields", "variants", "code"),
    [
        ({"name": " \u200f"}, [data()], "no_name"),
        ({}, [data()], "no_name"),
        ({"name": "x"}, [], "no_variants"),
        ({"name": "x"}, [data(" ")], "no_sku"),
        ({"name": "x"}, [data(), data(color="Noir")], "sku_taken"),
        ({"name": "x"}, [data(), data("A-2")], "variant_twice"),
        ({"name": "x"}, [data(price="-1")], "bad_price"),
        ({"name": "x"}, [data(price="1000001")], "bad_price"),
        ({"name": "x"}, [data("TAKEN")], "sku_taken"),
        ({"name": "x", "low_stock_qty": -1}, [data()], "bad_threshold"),
    ],
)
def test_product_is_refused_when_something_is_wrong(fields, variants, code):
    make_variant(sku="TAKEN")
    with pytest.raises(Invalid) as caught:
        create_product(actor=SYSTEM, fields=fields, variants=variants)
    assert caught.value.code == code
    assert Product.objects.count() == 1


def test_category_is_found_again_when_typed_differently():
    for name in ("Beauté", "beaute", " BEAUTÉ "):
        make_variant(category=name)
    assert Category.objects.count() == 1


def test_every_change_is_noted_when_a_product_is_updated():
    variant = make_variant(sku="A-1", price="100.00", name="Tapis")
    update_product(
        actor=SYSTEM,
        product_id=variant.product_id,
        fields={"name": "Tapis", "low_stock_qty": 3, "category": "Maison"},
        variants=[data("A-1", "120.00", variant_id=variant.pk), data("A-2", color="Noir")],
    )
    event = Event.objects.filter(name="product.updated").latest("id")
    assert event.changes == {
        "low_stock_qty": [10, 3],
        "category": [None, "Maison"],
        "price A-1": ["100.00", "120.00"],
        "variant A-2": [None, "99.00"],
    }
    assert StockLevel.objects.filter(variant__sku="A-2").exists()


def test_nothing_is_noted_when_nothing_changes():
    variant = make_variant(sku="A-1", price="100.00", name="Tapis")
    update_product(
        actor=SYSTEM,
        product_id=variant.product_id,
        fields={"name": "Tapis"},
        variants=[data("A-1", "100.00", variant_id=variant.pk)],
    )
    assert not Event.objects.filter(name="product.updated").exists()


def test_update_is_refused_when_it_reaches_into_another_product():
    mine, other = make_variant(), make_variant()
    with pytest.raises(NotFound):
        update_product(actor=SYSTEM, product_id=mine.product_id, fields={}, variants=[data("X", variant_id=other.pk)])
    with pytest.raises(NotFound):
        update_product(actor=SYSTEM, product_id=0, fields={})
    other.refresh_from_db()
    assert other.sku != "X"


@pytest.mark.parametrize("role", ["supervisor", "agent", "buyer"])
def test_catalogue_is_closed_when_the_actor_may_only_see_it(role):
    variant, actor = make_variant(), make_actor(role)
    alias = add_alias(actor=SYSTEM, variant_id=variant.pk, text="autre nom")
    with pytest.raises(NotAllowed):
        create_product(actor=actor, fields={"name": "x"}, variants=[data()])
    with pytest.raises(NotAllowed):
        update_product(actor=actor, product_id=variant.product_id, fields={"name": "x"})
    with pytest.raises(NotAllowed):
        add_alias(actor=actor, variant_id=variant.pk, text="x")
    with pytest.raises(NotAllowed):
        remove_alias(actor=actor, alias_id=alias.pk)


def test_parts_are_replaced_and_noted_when_a_bundle_changes():
    cup, spoon = make_variant(sku="CUP"), make_variant(sku="SPOON")
    bundle = make_bundle({cup: 1})
    update_product(actor=SYSTEM, product_id=bundle.product_id, fields={}, components=[(cup.pk, 2), (spoon.pk, 1)])
    assert dict(bundle.components.values_list("component", "quantity")) == {cup.pk: 2, spoon.pk: 1}
    event = Event.objects.filter(name="product.updated").latest("id")
    assert event.changes == {"parts": ["1 × CUP", "2 × CUP, 1 × SPOON"]}


def test_a_new_variant_of_a_bundle_has_the_same_parts():
    cup = make_variant(sku="CUP")
    bundle = make_bundle({cup: 3})
    update_product(actor=SYSTEM, product_id=bundle.product_id, fields={}, variants=[data("PACK-XL", size="XL")])
    added = Variant.objects.get(sku="PACK-XL")
    assert dict(added.components.values_list("component", "quantity")) == {cup.pk: 3}
    assert not StockLevel.objects.filter(variant=added).exists()


def test_bundle_is_refused_when_its_parts_are_wrong():
    cup = make_variant()
    bundle = make_bundle({cup: 1})
    for parts in ([], [(cup.pk, 1), (cup.pk, 2)], [(cup.pk, 0)], [(999_999, 1)], [(bundle.pk, 1)]):
        with pytest.raises(Invalid) as caught:
            update_product(actor=SYSTEM, product_id=bundle.product_id, fields={}, components=parts)
        assert caught.value.field == "components"
    assert dict(bundle.components.values_list("component", "quantity")) == {cup.pk: 1}


def test_selling_without_stock_stays_when_units_are_owed():
    variant = make_variant(allows_backorder=True)
    make_order((variant, 2), state="confirmed")
    with pytest.raises(Conflict):
        update_product(actor=SYSTEM, product_id=variant.product_id, fields={"allows_backorder": False})
    assert Product.objects.get().allows_backorder


def test_alias_means_one_variant_until_it_is_removed():
    one, two = make_variant(), make_variant()
    alias = add_alias(actor=SYSTEM, variant_id=one.pk, text=" Théière rouge ")
    assert add_alias(actor=SYSTEM, variant_id=one.pk, text="theiere ROUGE").pk == alias.pk
    with pytest.raises(Conflict):
        add_alias(actor=SYSTEM, variant_id=two.pk, text="théière-rouge")
    remove_alias(actor=SYSTEM, alias_id=alias.pk)
    assert add_alias(actor=SYSTEM, variant_id=two.pk, text="théière rouge").variant == two
    assert Event.objects.filter(name="alias.removed", subject_id=one.pk).exists()
    with pytest.raises(NotFound):
        remove_alias(actor=SYSTEM, alias_id=alias.pk)
    with pytest.raises(NotFound):
        add_alias(actor=SYSTEM, variant_id=0, text="x")
    assert Alias.objects.count() == 1
