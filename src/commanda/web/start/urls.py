"""The first run and its checklist."""

from django.urls import path

from commanda.web.start import views

urlpatterns = [
    path("first-run/", views.first_run, name="first_run"),
    path("first-run/checklist/", views.checklist, name="first_run_checklist"),
]
