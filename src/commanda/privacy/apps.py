from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "commanda.privacy"
    label = "privacy"
