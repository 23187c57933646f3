"""Finance: profit, costs, fees, expenses, plans and commissions."""

from django.urls import path

from commanda.web.finance import commissions, cost_urls, plans, profit

urlpatterns = [
    path("finance/", profit.profit, name="finance"),
    path("finance/products/<int:product_id>/", profit.product, name="finance_product"),
    *cost_urls.urlpatterns,
    path("finance/plans/", plans.plans, name="finance_plans"),
    path("finance/commissions/", commissions.commissions, name="finance_commissions"),
]
