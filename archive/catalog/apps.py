"""Django's name for the catalog."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "archive.catalog"
    label = "catalog"
    default_auto_field = "django.db.models.BigAutoField"
