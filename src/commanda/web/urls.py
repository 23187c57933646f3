"""The pages, one area each. URL names are global: home, orders, order, calls …

To add an area, write `web/<area>/urls.py` with its `urlpatterns` (paths from the root) and list it here.
"""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

AREAS = (
    "account",
    "start",
    "home",
    "calls",
    "orders",
    "customers",
    "shipping",
    "stock",
    "products",
    "ads",
    "finance",
    "intake",
    "team",
    "settings",
)


def _is_installed(area: str) -> bool:
    name = f"commanda.web.{area}"
    return find_spec(name) is not None and find_spec(f"{name}.urls") is not None


urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(f"commanda.web.{area}.urls")) for area in AREAS if _is_installed(area)
]
