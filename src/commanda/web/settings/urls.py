from django.urls import path

from commanda.web.settings import views

urlpatterns = [
    path("settings/", views.index, name="settings"),
    path("settings/calls/", views.calls, name="settings_calls"),
    path("settings/stores/", views.stores, name="settings_stores"),
    path("settings/stores/<int:store_id>/", views.stores, name="settings_store"),
    path("settings/workflow/", views.workflow, name="settings_workflow"),
    path("settings/audit/", views.audit, name="settings_audit"),
]
