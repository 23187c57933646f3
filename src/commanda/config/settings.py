"""The one settings file; every value that differs between installations is read from the environment.

| variable | meaning | default |
|---|---|---|
| DATABASE_URL | any PostgreSQL >= 16 | the embedded server in COMMANDA_DATA_DIR |
| DATABASE_REPLICA_URL | a streaming replica of it, for reports | none: the primary answers |
| COMMANDA_REPLICA_WAIT_SECONDS | so long a report waits for the replica to follow, then asks the primary | 0.5 |
| COMMANDA_PREPARED_STATEMENTS | `0` behind a pooler that keeps no prepared statements (PgBouncer < 1.21) | on |
| COMMANDA_DATA_DIR | all state: database, uploads, secret key, collected static files | `var/` |
| COMMANDA_SECRET_KEY | signing key | made once and kept in the data directory |
| COMMANDA_SECRETS_KEY | seals connection secrets; `new,old` rotates | from the signing key |
| COMMANDA_HOSTS | comma-separated host names | localhost, 127.0.0.1 and [::1] |
| COMMANDA_HTTPS | `1` behind TLS: secure cookies, HSTS | off |
| COMMANDA_PROXIES | how many reverse proxies of ours stand before us, each adding to X-Forwarded-For | 0 |
| COMMANDA_API_RATE | requests a second that an API key may send, for each web process; 0: any number | 100 |
| COMMANDA_DEBUG | `1` for development | off |
| COMMANDA_EVENTS | where browsers find the stream of live updates | none: pages ask now and then |
| COMMANDA_EMAIL_URL | where mail goes: `smtp+tls://user:pass@host:587`, `filemail:///dir` | files in `mail/` there |
| COMMANDA_EMAIL_FROM | the sender's address | webmaster@localhost |
| COMMANDA_URL | the address people open, for links in mails: `https://shop.example.com` | behind TLS the first host |
| COMMANDA_METRICS_TOKEN | who sends it may read /metrics; without one only this machine may | none |
| COMMANDA_KEPT_SUMS_LAG_SECONDS | figures on dashboards are at most so many seconds old | 2 |
| COMMANDA_ENTRY_DRAFT_DAYS | unfinished entries of orders are dismantled after so many days | 14 |
| COMMANDA_KEEP_STAGED_ROWS_DAYS | cells of rows read from sheets are emptied so long after their order ended | 365 |
| COMMANDA_KEEP_BULK_WORK_DAYS | bulk actions and mending of the inbox are forgotten so long after they ended | 90 |
| COMMANDA_KEEP_ACCESS_DAYS | who was shown whose personal data is known for so many days | 365 |
| COMMANDA_KEEP_JOBS_DAYS | ended jobs of the worker are forgotten after so many days | 14 |
| COMMANDA_GOOGLE_API_BASE | another address for the Google APIs (tests) | Google's own |
| COMMANDA_META_API_BASE | another address for Meta's Graph API (tests) | Meta's own |
| COMMANDA_TIKTOK_API_BASE | another address for TikTok's Business API (tests) | TikTok's own |
"""

from pathlib import Path
from urllib.parse import unquote

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from commanda.config import embedded
from commanda.config.logs import configure_logs
from commanda.config.secret_key import load_secret_key

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parents[3]
PACKAGE_DIR = BASE_DIR / "src" / "commanda"
DATA_DIR = Path(env("COMMANDA_DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
NODE_MODULES = Path(env("COMMANDA_NODE_MODULES", default=str(BASE_DIR / "node_modules")))

DEBUG = env.bool("COMMANDA_DEBUG", default=False)
SECRET_KEY = load_secret_key(DATA_DIR, env("COMMANDA_SECRET_KEY", default=""))
ALLOWED_HOSTS = env.list("COMMANDA_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
HTTPS = env.bool("COMMANDA_HTTPS", default=False)
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS] if HTTPS else []

COMMANDA_APPS = [
    "commanda.kernel",
    "commanda.audit",
    "commanda.accounts",
    "commanda.catalog",
    "commanda.customers",
    "commanda.stock",
    "commanda.orders",
    "commanda.confirmation",
    "commanda.shipping",
    "commanda.finance",
    "commanda.ads",
    "commanda.intake",
    "commanda.insights",
    "commanda.reports",
    "commanda.alerts",
    "commanda.privacy",
    "commanda.api",
    "commanda.web",
]
INSTALLED_APPS = [
    *COMMANDA_APPS,
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",  # a page of allauth's uses it
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_cotton.apps.SimpleAppConfig",
    "django_htmx",
    "django_structlog",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "commanda.config.metrics.requests.CountRequests",
    "commanda.config.content_policy.ContentPolicy",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "commanda.config.pages_only.PagesOnly",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "commanda.config.request_log.RequestLog",
    "commanda.web.middleware.ActorMiddleware",
    "commanda.web.start.middleware.FirstRunMiddleware",
]
PAGES_MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

ROOT_URLCONF = "commanda.config.urls"
WSGI_APPLICATION = "commanda.config.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

FORM_RENDERER = "commanda.web.renderer.PlainWidgets"
# Shops open at nine unless they say otherwise. Checks that run at nine take that for a moment fixed by mistake.
SILENCED_SYSTEM_CHECKS = ["fields.W161"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE_DIR / "web" / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "commanda.web.context.shell",
            ],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "django.templatetags.cache",
                "commanda.web.translated",
                "commanda.web.templatetags.commanda",
            ],
        },
    }
]
COTTON_DIR = "components"

DATABASE_URL = env("DATABASE_URL", default="") or embedded.default_url(DATA_DIR)
REPLICA_URL = env("DATABASE_REPLICA_URL", default="")
PREPARED_STATEMENTS = env.bool("COMMANDA_PREPARED_STATEMENTS", default=True)


def _database(url: str, **options: str) -> dict[str, object]:
    given = env.db_url_config(url)
    return {
        **given,
        # A socket directory stands percent-encoded in a URL (the form psql takes, too).
        "HOST": unquote(given["HOST"]),
        "ENGINE": "commanda.kernel.database",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **given.get("OPTIONS", {}),
            # A blocked writer answers "try again" within 3 s instead of hanging (see kernel.transaction).
            # What is prepared is planned once (see kernel.prepared): "auto" would plan each list of ids anew.
            "options": "-c lock_timeout=2500 -c timezone=UTC -c plan_cache_mode=force_generic_plan",
            # Only for the queries of kernel.prepared; the ORM's others bind their values here.
            "prepare_threshold": 1 if PREPARED_STATEMENTS else None,
            **options,
        },
    }


DATABASES = {"default": _database(DATABASE_URL)}
if REPLICA_URL:
    # One that does not answer must not hold up the report that then asks the primary.
    DATABASES["replica"] = {**_database(REPLICA_URL, connect_timeout="2"), "TEST": {"MIRROR": "default"}}
    DATABASE_ROUTERS = ["commanda.kernel.replica.ReplicaRouter"]
REPLICA_WAIT_SECONDS = env.float("COMMANDA_REPLICA_WAIT_SECONDS", default=0.5)

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "web_cache",
        # The counts of wrong passwords live here: with Django's 300 a stranger could push them out.
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    },
    # Parts of the frame around each page, kept by each process; whoever works on templates wants them anew.
    "fragments": {
        "BACKEND": f"django.core.cache.backends.{'dummy.DummyCache' if DEBUG else 'locmem.LocMemCache'}",
        "LOCATION": "fragments",
        "OPTIONS": {"MAX_ENTRIES": 1_000},
    },
    # Estimates of how many orders a filter finds (`orders.counting`), kept by each process for a minute.
    "estimates": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "estimates",
        "TIMEOUT": 60,
        "OPTIONS": {"MAX_ENTRIES": 5_000},
    },
}
SESSION_ENGINE = "commanda.accounts.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 12
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
    }
}

AUTHENTICATION_BACKENDS = ["commanda.accounts.backends.PersonWithRole"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "commanda.web.account.adapter.AccountAdapter"
ACCOUNT_LOGOUT_ON_GET = False
# Wrong passwords are counted in `web.account.limits`; `login_failed` counts wrong codes of a person.
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": "10/5m/key"}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
# Whoever opens the link in their mail is let in at once (past a second step, if on): no wrong password can stop that.
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ADAPTER = "commanda.web.account.second_step.MfaAdapter"
MFA_TOTP_ISSUER = "Commanda"
MFA_TOTP_TOLERANCE = 1  # phones whose clock is half a minute off (RFC 6238, 5.2)
# Browsers offer passkeys only on https and on localhost, where Commanda may run without.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
# A whole office signs in behind one address; there is nothing to guess.
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}
PROXIES = env.int("COMMANDA_PROXIES", default=0)
API_RATE = env.int("COMMANDA_API_RATE", default=100)
# Without a mail server mails are files: clients' names have no business in a terminal or a log.
_email = env.email_url_config(env("COMMANDA_EMAIL_URL", default="") or f"filemail:///{DATA_DIR}/mail")
EMAIL_BACKEND = env("COMMANDA_EMAIL_BACKEND", default=_email["EMAIL_BACKEND"])
EMAIL_HOST, EMAIL_PORT = _email["EMAIL_HOST"] or "localhost", _email["EMAIL_PORT"] or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_USER"] or "", _email["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS, EMAIL_USE_SSL = _email.get("EMAIL_USE_TLS", False), _email.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = _email["EMAIL_FILE_PATH"] or None
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env("COMMANDA_EMAIL_FROM", default="webmaster@localhost")
# Mails have no request to take their links from; without an address they have none.
PUBLIC_URL = env("COMMANDA_URL", default=f"https://{ALLOWED_HOSTS[0]}" if HTTPS else "").rstrip("/")

METRICS_TOKEN = env("COMMANDA_METRICS_TOKEN", default="")
# How old a change may be before figures must show it, kept sums or not.
KEPT_SUMS_LAG_SECONDS = env.int("COMMANDA_KEPT_SUMS_LAG_SECONDS", default=2)
ENTRY_DRAFT_DAYS = env.int("COMMANDA_ENTRY_DRAFT_DAYS", default=14)
KEEP_DAYS = {
    "staged_rows": env.int("COMMANDA_KEEP_STAGED_ROWS_DAYS", default=365),
    "bulk_work": env.int("COMMANDA_KEEP_BULK_WORK_DAYS", default=90),
    "access_log": env.int("COMMANDA_KEEP_ACCESS_DAYS", default=365),
    "jobs": env.int("COMMANDA_KEEP_JOBS_DAYS", default=14),
}

LANGUAGE_CODE = "fr"
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
LANGUAGES = [("fr", _("French")), ("ar", _("Arabic")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Africa/Casablanca"
USE_TZ = True
# Off: a number in an attribute must not become "1 234"; the filters `mad`, `qty` and `pct` group for people.
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [
    PACKAGE_DIR / "web" / "static",
    ("tabler", NODE_MODULES / "@tabler" / "core" / "dist"),
    ("htmx", NODE_MODULES / "htmx.org" / "dist"),
    ("echarts", NODE_MODULES / "echarts" / "dist"),
    ("tom-select", NODE_MODULES / "tom-select" / "dist"),
]
# `commanda up` collects the files first; everybody else serves them from where they lie.
WHITENOISE_USE_FINDERS = not env.bool("COMMANDA_STATIC_COLLECTED", default=False)
WHITENOISE_MIMETYPES = {".webmanifest": "application/manifest+json"}
MEDIA_ROOT = DATA_DIR / "media"
MEDIA_URL = "media/"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# `commanda up` says `/events`; so does who runs `commanda events` behind a proxy.
EVENTS_URL = env("COMMANDA_EVENTS", default="")
GOOGLE_API_BASE = env("COMMANDA_GOOGLE_API_BASE", default="")
META_API_BASE = env("COMMANDA_META_API_BASE", default="")
TIKTOK_API_BASE = env("COMMANDA_TIKTOK_API_BASE", default="")

DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
LOGGING = configure_logs(debug=DEBUG)
