from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "commanda.audit"
    label = "audit"
