"""Addresses of this part."""

from __future__ import annotations

from django.urls import include, path, re_path

from web.front import views

urlpatterns = [
    path("", views.first, name="first"),
    re_path(r"^releases(?:\.(?P<form>json|csv|atom|rss|feed\.json))?$", views.releases, name="releases"),
    path("", include("web.front.urls_portals")),
    path("language", views.language, name="language"),
]
