"""Django's settings. The database is chosen when a home is opened: `archive.catalog.database`."""

from __future__ import annotations

SECRET_KEY = "replaced by the newsroom's own key; nothing here signs with it"  # noqa: S105  no web yet
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "archive.catalog",
    "releases",
]
AUTH_USER_MODEL = "releases.Account"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGGING_CONFIG = None
