from django.urls import path

from commanda.web.calls import views

urlpatterns = [
    path("calls/", views.calls, name="calls"),
    path("calls/queue/", views.queue, name="calls_queue"),
    path("calls/presence/", views.presence, name="presence"),
    path("calls/bar/", views.bar, name="calls_bar"),
    path("calls/products/", views.products, name="call_products"),
    path("calls/undo/<int:call_id>/", views.undo, name="call_undo"),
    path("calls/<slug:reference>/stock/", views.stock, name="call_stock"),
    path("calls/<slug:reference>/", views.call_order, name="call_order"),
]
