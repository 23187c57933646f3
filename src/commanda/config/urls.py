"""Every address of Commanda: health, sign-in, language, the API and the pages."""

from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path
from django.utils.functional import lazy
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView
from django.views.i18n import set_language

from commanda.config.health import healthz, readyz
from commanda.config.metrics.page import metrics

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    # Browsers ask for it where no page names an icon: beside files, beside the API.
    path("favicon.ico", require_safe(RedirectView.as_view(url=lazy(static, str)("img/icon-192.png"))), name="favicon"),
    # The e-mail address is the sign-in name: an admin changes it, with its audit row.
    path("accounts/email/", RedirectView.as_view(pattern_name="profile"), name="account_email"),
    path("accounts/", include("allauth.urls")),
    path("language/", set_language, name="set_language"),
    path("api/v1/", include("commanda.api.urls")),
    path("hooks/", include("commanda.api.hooks.urls")),
    path("", include("commanda.web.urls")),
]

handler500 = "commanda.web.failures.server_error"
