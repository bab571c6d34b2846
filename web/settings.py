"""Django's settings of the newsroom: those of every verb, and what pages need. `web.start` adds what the home says."""

from __future__ import annotations

import hashlib
from pathlib import Path

from config.settings import *  # noqa: F403  Django reads settings as a module's names
from config.settings import INSTALLED_APPS as _EVERY_VERB

_HERE = Path(__file__).resolve().parent

INSTALLED_APPS = [
    *_EVERY_VERB,
    "django.contrib.sessions",
    "django.contrib.messages",
    "web",
    "web.accounts",
    "web.desk",
    "web.api",
    "web.operate",
]
MIDDLEWARE = [
    "web.shell.headers.Headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "web.shell.failing.Failing",
    "web.shell.slots.Streams",
    "web.shell.turns.Turns",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "web.shell.bodies.Bodies",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "web.accounts.visits.Visits",
    "django.contrib.messages.middleware.MessageMiddleware",
    "web.shell.compressing.Compressing",
    "web.shell.viewer.Viewers",
    "django.middleware.http.ConditionalGetMiddleware",
]
ROOT_URLCONF = "web.urls"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_HERE / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "web.shell.context.around",
            ],
            "builtins": ["web.templatetags.newsroom", "django.templatetags.i18n", "django.templatetags.static"],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ],
        },
    }
]


def _edition(folder: Path) -> str:
    """Another name for other contents: browsers may keep what they have for ever."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


STATIC_URL = f"/static/{_edition(_HERE / 'static')}/"
STATICFILES_DIRS = [_HERE / "static"]
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 365 * 86400

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [_HERE / "locale"]
USE_I18N = True
LANGUAGE_COOKIE_NAME = "recordwatch_language"

SESSION_COOKIE_NAME = "recordwatch_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "recordwatch_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "web.shell.errors.csrf"
LOGIN_URL = "/accounts/enter"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024**2
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
