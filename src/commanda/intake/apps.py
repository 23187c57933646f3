from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "commanda.intake"
    label = "intake"
