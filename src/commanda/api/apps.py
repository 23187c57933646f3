from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "commanda.api"
    label = "api"
