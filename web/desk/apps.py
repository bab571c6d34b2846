"""Django's name for this part of the newsroom."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "web.desk"
    label = "newsroom_desk"
    default_auto_field = "django.db.models.BigAutoField"
