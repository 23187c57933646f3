from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class KernelConfig(AppConfig):
    name = "commanda.kernel"
    label = "kernel"

    def ready(self) -> None:
        """Let every app say how sensitive its fields are, and what its audit rows tell open pages."""
        autodiscover_modules("policies", "live")
