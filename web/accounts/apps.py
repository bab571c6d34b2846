"""Django's name for this part of the newsroom."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "web.accounts"
    label = "newsroom_accounts"
    default_auto_field = "django.db.models.BigAutoField"
