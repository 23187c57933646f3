"""Reading levels and movements. Everything starts from what the actor may see; there is no cost anywhere here."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from commanda.accounts.permissions import Perm
from commanda.catalog.models import BundleComponent, Variant
from commanda.kernel.actor import Actor
from commanda.kernel.errors import NotFound
from commanda.kernel.text import fold
from commanda.stock.leaving import left_in
from commanda.stock.models import StockLevel, StockMovement

COVER_DAYS = 14
IS_SOLD = Q(variant__is_active=True, variant__product__is_active=True)
IS_LOW = IS_SOLD & Q(variant__product__low_stock_qty__gt=0, available__lte=F("variant__product__low_stock_qty"))


class Show(StrEnum):
    """Which levels a list shows."""

    ALL = ""
    LOW = "low"
    OUT = "out"
    QUARANTINE = "quarantine"


SHOWN = {
    Show.ALL: Q(),
    Show.LOW: IS_LOW,
    Show.OUT: IS_SOLD & Q(available__lte=0),
    Show.QUARANTINE: Q(quarantine__gt=0),
}


@dataclass(frozen=True, slots=True)
class Units:
    """Quantities of a variant or a product. For a bundle only `available` is known: what its parts allow."""

    on_hand: int = 0
    reserved: int = 0
    in_transit: int = 0
    available: int = 0
    quarantine: int = 0


@dataclass(frozen=True, slots=True)
class CoverOf:
    """How fast a variant leaves: units of the last 14 days, and how long what is available lasts.

    `days` is None when nothing left in that time.
    """

    left_qty: int
    days: Decimal | None


@dataclass(frozen=True, slots=True)
class Selling:
    """The active variants of a product: units that left in the last 14 days together, and how many are sold out."""

    left_qty: int = 0
    sold_out: int = 0


def levels(actor: Actor, *, search: str = "", show: Show = Show.ALL) -> QuerySet[StockLevel]:
    """Levels with their variant and product, by product name; `search` looks into names, SKUs and options."""
    rows = (
        StockLevel.objects.visible_to(actor)
        .filter(SHOWN[show])
        .select_related("variant__product__category")
        .order_by("variant__product__name", "variant_id")
    )
    for word in fold(search).split():
        rows = rows.filter(
            Q(variant__product__name_folded__contains=word)
            | Q(variant__sku__icontains=word)
            | Q(variant__color__icontains=word)
            | Q(variant__size__icontains=word)
        )
    return rows


def low_levels(actor: Actor) -> QuerySet[StockLevel]:
    """Levels of active products at or under their threshold, the emptiest first."""
    return levels(actor, show=Show.LOW).order_by("available", "variant_id")


def level_of_sku(actor: Actor, sku: str) -> StockLevel:
    """The level of one variant. Raises `NotFound`."""
    level = levels(actor).filter(variant__sku=sku).first()
    if level is None:
        raise NotFound
    return level


def cover(actor: Actor, rows: Iterable[StockLevel]) -> dict[int, CoverOf]:
    """Variant id → cover, for the given levels; two or three queries.

    Days = available ÷ (units that left for clients in the last 14 days ÷ 14). Units leave when their order
    enters the shipped stage (or is delivered straight from the shelf); an order taken back counts against it.
    """
    left = left_in(COVER_DAYS) if actor.can(Perm.STOCK_VIEW) else Counter()
    return {level.pk: cover_of(level.available, left[level.pk]) for level in rows}


def selling(actor: Actor, product_ids: Collection[int]) -> dict[int, Selling]:
    """Product id → how fast it leaves; three or four queries."""
    rows = StockLevel.objects.visible_to(actor).filter(variant__product_id__in=product_ids, variant__is_active=True)
    left = left_in(COVER_DAYS)
    found: dict[int, Selling] = {}
    for pk, product_id, available in rows.order_by().values_list("pk", "variant__product_id", "available"):
        before = found.get(product_id, Selling())
        found[product_id] = Selling(before.left_qty + max(left[pk], 0), before.sold_out + (available <= 0))
    return found


def cover_of(available: int, left: int) -> CoverOf:
    """How long `available` units last when `left` of them left in the last 14 days."""
    if left <= 0:
        return CoverOf(0, None)
    days = Decimal(max(available, 0) * COVER_DAYS) / left
    return CoverOf(left, days.quantize(Decimal("0.1")))


def product_units(actor: Actor, product_ids: Collection[int]) -> dict[int, Units]:
    """Product id → its variants' units together; a bundle's `available` is what its parts allow. Three queries."""
    sums = (
        StockLevel.objects.visible_to(actor)
        .filter(variant__product_id__in=product_ids)
        .order_by()
        .values("variant__product_id")
        .annotate(
            on_hand_sum=Sum("on_hand"),
            reserved_sum=Sum("reserved"),
            in_transit_sum=Sum("in_transit"),
            quarantine_sum=Sum("quarantine"),
        )
    )
    units = {
        row["variant__product_id"]: Units(
            on_hand=row["on_hand_sum"],
            reserved=row["reserved_sum"],
            in_transit=row["in_transit_sum"],
            available=row["on_hand_sum"] - row["reserved_sum"] - row["in_transit_sum"],
            quarantine=row["quarantine_sum"],
        )
        for row in sums
    }
    bundles = Variant.objects.visible_to(actor).filter(product_id__in=product_ids, product__is_bundle=True)
    owners = dict(bundles.order_by().values_list("pk", "product_id"))
    for variant_id, available in bundle_available(actor, list(owners)).items():
        # The variants of one bundle share their parts: the largest figure, not the sum.
        before = units.get(owners[variant_id], Units()).available
        units[owners[variant_id]] = Units(available=max(before, available))
    return units


def bundle_available(actor: Actor, variant_ids: Collection[int]) -> dict[int, int]:
    """Bundle variant id → how many its parts allow now; one query."""
    if not variant_ids or not actor.can(Perm.STOCK_VIEW):
        return {}
    parts = (
        BundleComponent.objects.filter(bundle_id__in=variant_ids)
        .order_by()
        .values_list("bundle_id", "quantity", Coalesce("component__level__available", 0))
    )
    possible: dict[int, int] = {}
    for bundle_id, quantity, available in parts:
        sets = max(available, 0) // quantity
        possible[bundle_id] = min(sets, possible.get(bundle_id, sets))
    return possible


def movements(actor: Actor, variant_id: int) -> QuerySet[StockMovement]:
    """The ledger of one variant, newest first."""
    return (
        StockMovement.objects.visible_to(actor)
        .filter(variant_id=variant_id)
        .select_related("made_by", "document")
        .order_by("-id")
    )
