from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "commanda.web"
    label = "web"
