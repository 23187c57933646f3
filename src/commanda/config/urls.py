"""Every address of Commanda: health, sign-in, language, the API and the pages."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

urlpatterns: list[URLPattern | URLResolver] = []

if find_spec("commanda.config.health"):
    from commanda.config.health import healthz, readyz

    urlpatterns += [
        path("healthz", healthz, name="healthz"),
        path("readyz", readyz, name="readyz"),
    ]

urlpatterns += [
    path("accounts/", include("allauth.urls")),
    path("language/", set_language, name="set_language"),
]

if find_spec("commanda.api.urls"):
    urlpatterns.append(path("api/v1/", include("commanda.api.urls")))

urlpatterns.append(path("", include("commanda.web.urls")))
