"""Addresses under /hooks/, one for each source that is sent to."""

from django.urls import path

from commanda.api.hooks.views import receive

urlpatterns = [path("intake/<uuid:hook_id>/", receive, name="intake_hook")]
