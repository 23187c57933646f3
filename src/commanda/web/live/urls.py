from django.urls import path

from commanda.web.live import views

urlpatterns = [path("live/orders/", views.new_orders, name="live_orders")]
