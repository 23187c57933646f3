"""What the invented shop spends: costs in two parts, rent and salaries that go on, parts of products, a receipt."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from django.core.files.base import ContentFile

from commanda.catalog.models import Product, Variant
from commanda.finance.services.costs import UnitCost, set_costs
from commanda.finance.services.expenses import add_expense
from commanda.kernel.actor import Actor
from commanda.kernel.money import ZERO, quantize
from demo.pictures import draw_picture
from demo.products import PRODUCTS, sku_of

IMPORTED: Final = {"MONTRE", "BLENDER", "BROSSE", "CAMERA"}
LANDED_RATIO: Final = Decimal("0.15")


def set_demo_costs(admin: Actor, variants: Mapping[str, Variant], opening: date, today: date) -> None:
    """A cost for each variant, of imported ones with freight, and a rise of the watch's in the middle of the story."""
    costs = []
    for item in PRODUCTS:
        for color, size in item.variants:
            variant = variants[sku_of(item, color, size)]
            costs.append(_unit_cost(variant, item.cost, opening, is_imported=item.slug in IMPORTED))
            if item.slug == "MONTRE":
                costs.append(_unit_cost(variant, Decimal(104), today - timedelta(days=25), is_imported=True))
    set_costs(actor=admin, costs=costs)


def _unit_cost(variant: Variant, amount: Decimal, day: date, *, is_imported: bool) -> UnitCost:
    landed = quantize(amount * LANDED_RATIO) if is_imported else ZERO
    return UnitCost(variant.pk, amount - landed, landed, day)


def spend_regularly(admin: Actor, products: Mapping[str, Product], opening: date) -> None:
    """What comes again every month and year, and pictures that two products paid for."""
    for kind, amount, every, share, note in (
        ("rent", 1500, "month", "revenue", "Dépôt"),
        ("salaries", 2400, "month", "orders", "Préparation des colis"),
        ("phone", 420, "month", "revenue", "Téléphonie"),
        ("tools", 1200, "year", "revenue", "Boutique en ligne"),
    ):
        add_expense(
            actor=admin,
            kind=kind,
            amount=Decimal(amount),
            every=every,
            share=share,
            spent_on=opening.replace(day=1),
            note=note,
        )
    shares = {products["MONTRE"].pk: Decimal("0.6"), products["SERUM"].pk: Decimal("0.4")}
    receipt = ContentFile(draw_picture("bag", 60), name="facture-photos.png")
    add_expense(
        actor=admin,
        kind="content",
        amount=Decimal(900),
        spent_on=opening,
        shares=shares,
        note="Photos et vidéos",
        files=[receipt],
    )
