from django.urls import path

from commanda.web.customers import views

urlpatterns = [
    path("customers/", views.customer_list, name="customers"),
    path("customers/<int:customer_id>/", views.customer_detail, name="customer"),
    path("customers/<int:customer_id>/block/", views.block, name="customer_block"),
]
