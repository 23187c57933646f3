from django.urls import path

from commanda.web.orders import actions, bulk, detail, drawer, duplicates, entry, listing, mentions, printing, views

urlpatterns = [
    path("mentions/", mentions.mention_list, name="mentions"),
    path("mentions/read/", mentions.mentions_read, name="mentions_read"),
    path("orders/", listing.order_list, name="orders"),
    path("orders/export/<slug:kind>/", listing.export, name="orders_export"),
    path("orders/filters/", listing.filter_form, name="orders_filters"),
    path("orders/columns/", views.columns_page, name="orders_columns"),
    path("orders/views/", views.views_page, name="orders_views"),
    path("orders/views/start/", views.start_view, name="orders_start_view"),
    path("orders/views/<int:view_id>/", views.view_action, name="orders_view_action"),
    path("orders/bulk/", bulk.bulk, name="orders_bulk"),
    path("orders/bulk/<int:run_id>/", bulk.bulk_run, name="orders_bulk_run"),
    path("orders/print/", printing.orders_print, name="orders_print"),
    path("orders/client/", entry.client_lookup, name="order_client"),
    path("orders/duplicates/", duplicates.duplicates_page, name="order_duplicates"),
    path("orders/<slug:reference>/", detail.order_detail, name="order"),
    path("orders/<slug:reference>/drawer/", drawer.order_drawer, name="order_drawer"),
    path("orders/<slug:reference>/edit/", entry.edit, name="order_edit"),
    path("orders/<slug:reference>/move/", actions.move, name="order_move"),
    path("orders/<slug:reference>/assign/", actions.assign, name="order_assign"),
    path("orders/<slug:reference>/comment/", actions.comment, name="order_comment"),
    path("orders/<slug:reference>/merge/", duplicates.merge, name="order_merge"),
    path("orders/<slug:reference>/apart/", duplicates.apart, name="order_apart"),
    path("orders/<slug:reference>/part/", duplicates.part, name="order_part"),
    path("orders/<slug:reference>/files/", actions.attach, name="order_attach"),
    path("orders/<slug:reference>/files/<uuid:attachment_id>/remove/", actions.detach, name="order_detach"),
    path("orders/<slug:reference>/tags/", actions.tags, name="order_tags"),
]
