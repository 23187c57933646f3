from django.urls import path

from commanda.web.orders import actions, detail, entry, listing

urlpatterns = [
    path("orders/", listing.order_list, name="orders"),
    path("orders/export/<slug:kind>/", listing.export, name="orders_export"),
    path("orders/bulk/", actions.bulk, name="orders_bulk"),
    path("orders/new/", entry.new_order, name="order_new"),
    path("orders/client/", entry.client_lookup, name="order_client"),
    path("orders/<slug:reference>/", detail.order_detail, name="order"),
    path("orders/<slug:reference>/edit/", entry.edit, name="order_edit"),
    path("orders/<slug:reference>/move/", actions.move, name="order_move"),
    path("orders/<slug:reference>/assign/", actions.assign, name="order_assign"),
    path("orders/<slug:reference>/comment/", actions.comment, name="order_comment"),
    path("orders/<slug:reference>/tags/", actions.tags, name="order_tags"),
]
