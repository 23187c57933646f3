"""Twelve products with variants, prices, costs and what the pictures show."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class DemoProduct:
    """`popularity` is the share of orders; `delivery` the chance that a shipped one is taken."""

    slug: str
    name: str
    category: str
    price: Decimal
    cost: Decimal
    shape: str
    hue: int
    popularity: int
    delivery: float
    stock: int
    variants: tuple[tuple[str, str], ...] = (("", ""),)
    aliases: tuple[str, ...] = ()
    script: str = ""


def _product(slug: str, name: str, category: str, price: int, cost: int, shape: str, hue: int, popularity: int,
             delivery: float, stock: int, *, variants: tuple[tuple[str, str], ...] = (("", ""),),
             aliases: tuple[str, ...] = (), script: str = "") -> DemoProduct:  # fmt: skip
    return DemoProduct(slug, name, category, Decimal(price), Decimal(cost), shape, hue, popularity, delivery, stock,
                       variants, aliases, script)  # fmt: skip


SIZES = ("38", "40", "42")
PRODUCTS = [
    _product("MONTRE", "Montre Atlas", "Accessoires", 299, 95, "watch", 210, 16, 0.72, 150,
             variants=(("Noir", ""), ("Argent", "")), aliases=("montre atlas homme", "ساعة اطلس"),
             script="Bracelet en acier, garantie six mois. Proposer la deuxième à moitié prix."),
    _product("SANDALE", "Sandale Zellige", "Chaussures", 249, 80, "shoe", 28, 13, 0.66, 60,
             variants=tuple((color, size) for color in ("Beige", "Noir") for size in SIZES),
             aliases=("sandale femme zellige", "صندل زليج")),
    _product("SERUM", "Sérum Argan", "Beauté", 189, 42, "drop", 45, 14, 0.74, 170,
             aliases=("serum argan visage", "سيروم اركان"), script="Une goutte le soir. Le lot de deux est à 329 DH."),
    _product("BLENDER", "Mixeur portable", "Maison", 229, 88, "cup", 160, 9, 0.69, 110,
             variants=(("Blanc", ""), ("Rose", "")), aliases=("blender portable", "خلاط محمول")),
    _product("LAMPE", "Lampe Médina", "Maison", 179, 55, "lamp", 15, 8, 0.70, 90, aliases=("lampe medina led",)),
    _product("SAC", "Sac Kasbah", "Accessoires", 349, 120, "bag", 340, 9, 0.63, 55,
             variants=(("Camel", ""), ("Noir", ""), ("Bordeaux", "")), aliases=("sac a main kasbah", "حقيبة القصبة")),
    _product("TAPIS", "Tapis de prière confort", "Maison", 159, 48, "rug", 265, 7, 0.78, 100,
             aliases=("tapis priere",)),
    _product("CEINTURE", "Ceinture dorsale", "Bien-être", 219, 60, "belt", 190, 7, 0.65, 80,
             variants=(("", "M"), ("", "L"), ("", "XL")), aliases=("ceinture dos", "حزام الظهر")),
    _product("BROSSE", "Brosse lissante", "Beauté", 269, 98, "brush", 310, 6, 0.61, 45, aliases=("brosse lisseur",)),
    _product("CAMERA", "Caméra Sentinelle", "Maison", 399, 165, "camera", 220, 5, 0.58, 18, aliases=("camera wifi",)),
    _product("THEIERE", "Théière Fès", "Maison", 279, 105, "pot", 35, 4, 0.75, 60, aliases=("theiere fes", "براد فاس")),
    _product("JOUET", "Cubes Amazigh", "Enfants", 149, 40, "cubes", 95, 2, 0.80, 6, aliases=("jeu cubes",)),
]  # fmt: skip

# The pack sold beside its parts: name, SKU, price, parts (SKU, quantity).
BUNDLE = ("Pack Sérum duo", "PACK-SERUM", Decimal(329), [("SERUM", 2)])


def sku_of(product: DemoProduct, color: str, size: str) -> str:
    """`SANDALE-BEIGE-38`; the plain slug for a product without options."""
    return "-".join(part.upper() for part in (product.slug, color, size) if part)
