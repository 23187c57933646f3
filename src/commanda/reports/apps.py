from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "commanda.reports"
    label = "reports"
