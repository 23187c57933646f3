"""Where stock takes part when the catalogue changes."""

from commanda.catalog.models import Product
from commanda.kernel.actor import Actor
from commanda.kernel.effects import Effect

variants_made: "Effect[[Actor, Product]]" = Effect("catalog.variants_made")
backorder_follows: "Effect[[Actor, Product]]" = Effect("catalog.backorder_follows")
