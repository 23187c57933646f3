"""Finance: profit, costs, fees, expenses, plans and commissions."""

from django.urls import path

from commanda.web.finance import commission_urls, cost_urls, profit

urlpatterns = [
    path("finance/", profit.profit, name="finance"),
    path("finance/products/<int:product_id>/", profit.product, name="finance_product"),
    *cost_urls.urlpatterns,
    *commission_urls.urlpatterns,
]
