"""Addresses of this part."""

from __future__ import annotations

from django.urls import path, re_path

from web.records import capture_views, export_views, views

_FORM = r"(?:\.(?P<form>json))?"
urlpatterns = [
    path("records/<str:slug>/<path:key>", views.record, name="record"),
    path("records/<str:slug>", views.by_key, name="record-by-key"),
    re_path(rf"^captures/(?P<ident>[^/.]+){_FORM}$", capture_views.capture, name="capture"),
    path("exports/new", export_views.new, name="export-new"),
    re_path(rf"^exports/(?P<ident>[0-9a-f]{{32}}){_FORM}$", export_views.export, name="export"),
    path("exports/<str:ident>/package", export_views.package, name="export-package"),
]
