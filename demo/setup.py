"""The shop before its first order: people, products with pictures and stock, carriers, costs."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from django.core.files.base import ContentFile

from commanda.accounts.models import Role, User
from commanda.accounts.services.users import create_user
from commanda.catalog.models import Category, Product, Variant
from commanda.catalog.services.products import VariantData, add_alias, create_product
from commanda.finance.services.costs import set_carrier_fee
from commanda.kernel.actor import Actor, system_actor
from commanda.kernel.clock import day_start, time_is
from commanda.orders.models import Store
from commanda.shipping.models import Carrier
from commanda.shipping.services.carriers import save_carrier
from commanda.stock.services.documents import StockLine, receive_stock
from demo.accounts import PASSWORD, PEOPLE
from demo.commissions import begin_commissions
from demo.money import set_demo_costs, spend_regularly
from demo.pictures import draw_picture
from demo.products import BUNDLE, PRODUCTS, sku_of

# name, tracking link, share of parcels, fee delivered, fee returned
CARRIERS = [
    ("Atlas Express", "https://atlas-express.example/suivi/{tracking}", 5, Decimal(28), Decimal(8)),
    ("Rif Livraison", "https://rif-livraison.example/{tracking}", 3, Decimal(32), Decimal(10)),
    ("Souss Colis", "", 2, Decimal(35), Decimal(12)),
]


@dataclass(slots=True)
class Shop:
    """What the story of the shop works with."""

    admin: Actor
    supervisor: Actor
    agents: list[Actor]
    buyers: list[Actor]
    carriers: list[Carrier]
    products: dict[str, Product] = field(default_factory=dict)
    variants: dict[str, Variant] = field(default_factory=dict)


def set_up(today: date, days: int, chance: Random) -> Shop:
    """Create it all, dated before the first order."""
    opening = today - timedelta(days=days + 5)
    with time_is(day_start(opening) + timedelta(hours=9)):
        users = _people()
        admin = users["admin"][0].as_actor(source="demo")
        shop = Shop(
            admin=admin,
            supervisor=users["supervisor"][0].as_actor(source="demo"),
            agents=[user.as_actor(source="demo") for user in users["agent"]],
            buyers=[user.as_actor(source="demo") for user in users["buyer"]],
            carriers=_carriers(admin, opening),
        )
        Store.objects.filter(prefix="CM").update(name="Souk Atlas")
        _products(shop, chance)
        set_demo_costs(admin, shop.variants, opening, today)
        spend_regularly(admin, shop.products, opening)
        begin_commissions(admin, opening)
    return shop


def _people() -> dict[str, list[User]]:
    people: dict[str, list[User]] = {}
    for role, name, email, language in PEOPLE:
        user = create_user(
            actor=system_actor("demo"),
            email=email,
            name=name,
            role=Role.objects.get(slug=role),
            password=PASSWORD,
            language=language,
        )
        people.setdefault(role, []).append(user)
    return people


def _carriers(admin: Actor, opening: date) -> list[Carrier]:
    carriers = []
    for name, link, _share, delivered, returned in CARRIERS:
        carrier = save_carrier(actor=admin, name=name, tracking_url=link)
        set_carrier_fee(
            actor=admin,
            carrier_id=carrier.pk,
            delivered_amount=delivered,
            returned_amount=returned,
            valid_from_on=opening,
        )
        carriers.append(carrier)
    return carriers


def _products(shop: Shop, chance: Random) -> None:
    for item in PRODUCTS:
        category, _created = Category.objects.get_or_create(name=item.category)
        picture = ContentFile(draw_picture(item.shape, item.hue), name=f"{item.slug.lower()}.png")
        product = create_product(
            actor=shop.admin,
            fields={"name": item.name, "category": category, "picture": picture, "call_script": item.script},
            variants=[
                VariantData(sku=sku_of(item, color, size), price_amount=item.price, color=color, size=size)
                for color, size in item.variants
            ],
        )
        shop.products[item.slug] = product
        rows = list(product.variants.select_related("product"))
        for variant in rows:
            shop.variants[variant.sku] = variant
        for text in item.aliases:
            add_alias(actor=shop.admin, variant_id=rows[0].pk, text=text)
        each = max(item.stock // len(rows), 2)
        receive_stock(
            actor=shop.admin,
            lines=[StockLine(variant.pk, each + chance.randrange(3)) for variant in rows],
            supplier="Comptoir Derb Omar",
            reference=f"BR-{item.slug}",
        )
    name, sku, price, parts = BUNDLE
    create_product(
        actor=shop.admin,
        fields={"name": name, "category": Category.objects.get(name="Beauté")},
        variants=[VariantData(sku=sku, price_amount=price)],
        components=[(shop.variants[part].pk, quantity) for part, quantity in parts],
    )
