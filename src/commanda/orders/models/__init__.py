from .comment import OrderComment
from .line import LineComponent, OrderLine
from .order import Order
from .store import Store
from .workflow import Reason, State, Transition, Workflow

__all__ = [
    "LineComponent",
    "Order",
    "OrderComment",
    "OrderLine",
    "Reason",
    "State",
    "Store",
    "Transition",
    "Workflow",
]
