from django.urls import path

from commanda.web.privacy import views

urlpatterns = [
    path("customers/<int:customer_id>/data/", views.client_data, name="customer_data"),
    path("customers/<int:customer_id>/data/file/", views.client_file, name="customer_data_file"),
    path("customers/<int:customer_id>/erase/", views.erase, name="customer_erase"),
    path("team/accesses/", views.access_log, name="accesses"),
]
