"""What the tests of shipping share."""

from itertools import count

from commanda.kernel.actor import system_actor
from commanda.orders.models import Order
from commanda.orders.stages import Stage
from commanda.shipping.models import Carrier, Parcel
from commanda.shipping.services.carriers import save_carrier
from commanda.stock.models import StockLevel

SYSTEM = system_actor("test")
_numbers = count(1)

# The statuses that the parcel under way may have in each stage (see `shipping.models.Parcel`).
AGREES = {
    Stage.CONFIRMED: {"ready"},
    Stage.SHIPPED: {"shipped", "problem"},
    Stage.DELIVERED: {"delivered"},
    Stage.RETURNED: {"returned"},
}


def make_carrier(**fields) -> Carrier:
    fields.setdefault("name", f"Transport {next(_numbers)}")
    return save_carrier(actor=SYSTEM, **fields)


def level(variant):
    row = StockLevel.objects.get(pk=variant.pk)
    return row.on_hand, row.reserved, row.in_transit, row.quarantine, row.available


def assert_parcels_agree():
    """Every order's parcel under way agrees with its stage."""
    for parcel in Parcel.objects.filter(is_current=True).select_related("order"):
        assert parcel.status in AGREES.get(Stage(parcel.order.stage), set()), (parcel.order.stage, parcel.status)
        assert (parcel.closed_at is not None) == (parcel.order.stage in {Stage.DELIVERED, Stage.RETURNED})
        if parcel.order.stage == Stage.SHIPPED:
            assert parcel.shipped_at is not None


def stage(order: Order) -> str:
    return Order.objects.get(pk=order.pk).stage
