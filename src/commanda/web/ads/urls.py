"""Ads: the daily grid of spend and what it brought."""

from django.urls import path

from commanda.web.ads import views

urlpatterns = [path("ads/", views.grid, name="ads")]
