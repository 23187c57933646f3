from commanda.kernel.visibility import FieldClass, RowScope, classify

classify("finance.ProductCost", RowScope.SCOPED, amount=FieldClass.COST)
classify("finance.CarrierFee", RowScope.SCOPED, delivered_amount=FieldClass.COST, returned_amount=FieldClass.COST)
classify("finance.Expense", RowScope.SCOPED, amount=FieldClass.COST)
classify("finance.CommissionPlan", RowScope.SCOPED, delivered_amount=FieldClass.COST)
classify("finance.CommissionEntry", RowScope.SCOPED, amount=FieldClass.OWN_COMMISSION)
