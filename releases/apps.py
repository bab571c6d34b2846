"""Django's name for the ledger."""

from django.apps import AppConfig


class ReleasesConfig(AppConfig):
    name = "releases"
    label = "releases"
    default_auto_field = "django.db.models.BigAutoField"
