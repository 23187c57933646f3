from commanda.kernel.visibility import RowScope, classify

classify("stock.StockLevel", RowScope.SCOPED)
classify("stock.StockMovement", RowScope.SCOPED)
classify("stock.StockDocument", RowScope.PARENT)
