from .attachment import OrderAttachment
from .billing import OrderBilling, PaymentMethod
from .bulk import BulkRun
from .comment import CommentMention, OrderComment
from .draft import EntryDraft
from .line import LineComponent, OrderLine
from .order import Order
from .order_type import OrderType
from .state_entry import StateEntry
from .store import Store
from .view import ListSettings, OrderCount, SavedView
from .workflow import Reason, State, Transition, Workflow

__all__ = [
    "BulkRun",
    "CommentMention",
    "EntryDraft",
    "LineComponent",
    "ListSettings",
    "Order",
    "OrderAttachment",
    "OrderBilling",
    "OrderComment",
    "OrderCount",
    "OrderLine",
    "OrderType",
    "PaymentMethod",
    "Reason",
    "SavedView",
    "State",
    "StateEntry",
    "Store",
    "Transition",
    "Workflow",
]
