from commanda.kernel.visibility import FieldClass, RowScope, classify

classify("orders.Store", RowScope.REFERENCE)
classify("orders.Workflow", RowScope.REFERENCE)
classify("orders.State", RowScope.REFERENCE)
classify("orders.Transition", RowScope.REFERENCE)
classify("orders.Reason", RowScope.REFERENCE)
classify(
    "orders.Order",
    RowScope.SCOPED,
    customer_name=FieldClass.PERSONAL,
    phone_e164=FieldClass.PERSONAL,
    phone2_e164=FieldClass.PERSONAL,
    address=FieldClass.PERSONAL,
    note=FieldClass.PERSONAL,
)
classify("orders.OrderLine", RowScope.PARENT)
classify("orders.LineComponent", RowScope.PARENT)
classify("orders.OrderComment", RowScope.PARENT)
