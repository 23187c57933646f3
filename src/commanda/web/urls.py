"""The pages, one area each. URL names are global: home, orders, order, calls …

To add an area, write `web/<area>/urls.py` with its `urlpatterns` (paths from the root) and list it here.
"""

from django.urls import URLPattern, URLResolver, include, path

AREAS = (
    "account",
    "start",
    "home",
    "calls",
    "board",
    "entry",
    "orders",
    "live",
    "customers",
    "privacy",
    "shipping",
    "stock",
    "products",
    "ads",
    "finance",
    "reports",
    "intake",
    "team",
    "settings",
    "alerts",
)


urlpatterns: list[URLPattern | URLResolver] = [path("", include(f"commanda.web.{area}.urls")) for area in AREAS]
