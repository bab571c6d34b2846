"""Addresses under which other tools ask what is held."""

from __future__ import annotations

from django.urls import path, re_path

from web.outside import cdx, memento

urlpatterns = [
    path("cdx", cdx.cdx, name="cdx"),
    re_path(r"^timemap/(?P<form>link|json)/(?:(?P<until>[0-9]{14})/)?(?P<url>.+)$", memento.timemap, name="timemap"),
    re_path(r"^timegate/(?P<url>.+)$", memento.timegate, name="timegate"),
]
