from django.urls import path

from commanda.web.calls import views

urlpatterns = [
    path("calls/", views.calls, name="calls"),
    path("calls/queue/", views.queue, name="calls_queue"),
    path("calls/presence/", views.presence, name="presence"),
    path("calls/<slug:reference>/", views.call_order, name="call_order"),
]
