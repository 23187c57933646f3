"""The page about oneself; sign-in and its pages are allauth's, below /accounts/."""

from django.urls import path

from commanda.web.account import views

urlpatterns = [path("account/", views.profile, name="profile")]
