"""Finance: profit, costs, fees, expenses, plans and commissions."""

from django.urls import path

from commanda.web.finance import commissions, costs, expenses, fees, plans, profit

urlpatterns = [
    path("finance/", profit.profit, name="finance"),
    path("finance/products/<int:product_id>/", profit.product, name="finance_product"),
    path("finance/costs/", costs.costs, name="finance_costs"),
    path("finance/fees/", fees.fees, name="finance_fees"),
    path("finance/expenses/", expenses.expense_list, name="finance_expenses"),
    path("finance/expenses/<int:expense_id>/void/", expenses.void, name="finance_expense_void"),
    path("finance/plans/", plans.plans, name="finance_plans"),
    path("finance/commissions/", commissions.commissions, name="finance_commissions"),
]
