"""Django's name for this part of the newsroom."""

from django.apps import AppConfig


class OperateConfig(AppConfig):
    name = "web.operate"
    label = "newsroom_operate"
    default_auto_field = "django.db.models.BigAutoField"
