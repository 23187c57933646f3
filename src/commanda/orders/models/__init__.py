from .attachment import OrderAttachment
from .billing import OrderBilling
from .comment import OrderComment
from .draft import EntryDraft
from .line import LineComponent, OrderLine
from .order import Order
from .order_type import OrderType
from .store import Store
from .workflow import Reason, State, Transition, Workflow

__all__ = [
    "EntryDraft",
    "LineComponent",
    "Order",
    "OrderAttachment",
    "OrderBilling",
    "OrderComment",
    "OrderLine",
    "OrderType",
    "Reason",
    "State",
    "Store",
    "Transition",
    "Workflow",
]
