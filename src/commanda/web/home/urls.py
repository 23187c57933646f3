"""The first page after signing in."""

from django.urls import path

from commanda.web.home import views

urlpatterns = [path("", views.home, name="home")]
