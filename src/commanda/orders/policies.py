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
classify("orders.CommentMention", RowScope.SCOPED)
classify("orders.OrderType", RowScope.REFERENCE)
classify(
    "orders.OrderBilling",
    RowScope.PARENT,
    company_name=FieldClass.PERSONAL,
    ice=FieldClass.PERSONAL,
    contact_name=FieldClass.PERSONAL,
    purchase_reference=FieldClass.PERSONAL,
    email=FieldClass.PERSONAL,
)
classify("orders.EntryDraft", RowScope.SCOPED, data=FieldClass.PERSONAL, title=FieldClass.PERSONAL)
classify("orders.OrderAttachment", RowScope.SCOPED, file=FieldClass.PERSONAL, name=FieldClass.PERSONAL)
classify("orders.SavedView", RowScope.SCOPED)
classify("orders.ListSettings", RowScope.PARENT)
classify("orders.OrderCount", RowScope.INTERNAL)
classify("orders.StateEntry", RowScope.SCOPED)
classify("orders.BulkRun", RowScope.SCOPED)
