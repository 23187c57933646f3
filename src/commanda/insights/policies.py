from commanda.kernel.visibility import FieldClass, RowScope, classify

classify(
    "insights.DailySum",
    RowScope.INTERNAL,
    cogs=FieldClass.COST,
    shipping_cost=FieldClass.COST,
    commission=FieldClass.COST,
)
classify("insights.RowChange", RowScope.INTERNAL, was=FieldClass.COST)
