"""Addresses of this part."""

from __future__ import annotations

from django.urls import re_path

from web.searching import views

urlpatterns = [
    re_path(r"^search(?:\.(?P<form>json|csv|atom|rss|feed\.json))?$", views.searched, name="search"),
]
