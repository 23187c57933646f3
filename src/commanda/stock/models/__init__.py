from .document import StockDocument
from .level import StockLevel
from .movement import StockMovement

__all__ = ["StockDocument", "StockLevel", "StockMovement"]
