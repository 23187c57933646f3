from django.apps import AppConfig


class InsightsConfig(AppConfig):
    name = "commanda.insights"
    label = "insights"
