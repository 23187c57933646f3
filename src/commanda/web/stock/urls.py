from django.urls import path

from commanda.web.stock import counting, entries, item, listing

urlpatterns = [
    path("stock/", listing.level_list, name="stock"),
    path("stock/export/<slug:kind>/", listing.export, name="stock_export"),
    path("stock/receive/", entries.receive, name="stock_receive"),
    path("stock/adjust/", entries.adjust, name="stock_adjust"),
    path("stock/count/", counting.count, name="stock_count"),
    path("stock/quarantine/<int:variant_id>/", item.quarantine, name="stock_quarantine"),
    # Last: a SKU may hold anything, even slashes.
    path("stock/<path:sku>", item.stock_item, name="stock_item"),
]
