"""The only place that locks products."""

from commanda.catalog.models import Product
from commanda.kernel.actor import Actor
from commanda.kernel.errors import NotFound


def lock_product(actor: Actor, product_id: int) -> Product:
    """Lock one product, and with it its variants, parts and aliases. Raises `NotFound`."""
    product = (
        Product.objects.visible_to(actor).select_for_update(no_key=True, of=("self",)).filter(pk=product_id).first()
    )
    if product is None:
        raise NotFound
    return product
