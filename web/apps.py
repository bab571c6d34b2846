"""Django's name for the newsroom's pages."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "web"
    label = "web"
