from commanda.kernel.visibility import FieldClass, RowScope, classify

classify(
    "finance.ProductCost",
    RowScope.SCOPED,
    amount=FieldClass.COST,
    purchase_amount=FieldClass.COST,
    landed_amount=FieldClass.COST,
)
classify("finance.CarrierFee", RowScope.SCOPED, delivered_amount=FieldClass.COST, returned_amount=FieldClass.COST)
classify("finance.Expense", RowScope.SCOPED, amount=FieldClass.COST)
classify("finance.ExpenseShare", RowScope.SCOPED, ratio=FieldClass.COST)
classify("finance.ExpenseReceipt", RowScope.SCOPED, file=FieldClass.COST, name=FieldClass.COST)
classify("finance.FinanceSheet", RowScope.SCOPED, content=FieldClass.COST)
classify(
    "finance.CommissionPlan",
    RowScope.SCOPED,
    confirmed_amount=FieldClass.COST,
    delivered_amount=FieldClass.COST,
    upsell_amount=FieldClass.COST,
    month_cap_amount=FieldClass.COST,
)
classify(
    "finance.CommissionLine",
    RowScope.SCOPED,
    amount=FieldClass.COST,
    ratio=FieldClass.COST,
    cap_amount=FieldClass.COST,
)
classify(
    "finance.CommissionTier",
    RowScope.SCOPED,
    delivery_rate=FieldClass.COST,
    confirmation_rate=FieldClass.COST,
    per_order_amount=FieldClass.COST,
    fixed_amount=FieldClass.COST,
)
classify("finance.CommissionEntry", RowScope.SCOPED, amount=FieldClass.OWN_COMMISSION, facts=FieldClass.OWN_COMMISSION)
classify("finance.CommissionStatement", RowScope.SCOPED, total_amount=FieldClass.OWN_COMMISSION)
classify("finance.StatementEntry", RowScope.PARENT)
