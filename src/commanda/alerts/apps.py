from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "commanda.alerts"
    label = "alerts"
