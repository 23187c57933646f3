from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "commanda.audit"
    label = "audit"

    def ready(self) -> None:
        from commanda.audit import policies  # noqa: F401
