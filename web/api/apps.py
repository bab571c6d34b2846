"""Django's name for this part of the newsroom."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "web.api"
    label = "newsroom_api"
    default_auto_field = "django.db.models.BigAutoField"
