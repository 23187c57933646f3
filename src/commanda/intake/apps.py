from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "commanda.intake"
    label = "intake"

    def ready(self) -> None:
        from commanda.intake import live, policies  # noqa: F401
