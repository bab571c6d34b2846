"""Addresses of portals, and of how we know."""

from __future__ import annotations

from django.urls import re_path

from web.front import about, portals, portals_page

_SLUG = r"^portals/(?P<slug>[a-z0-9-]{1,64})"

urlpatterns = [
    re_path(r"^portals(?:\.(?P<form>json|csv))?$", portals.portal_list, name="portals"),
    re_path(rf"{_SLUG}(?:\.(?P<form>json|atom))?$", portals_page.portal, name="portal"),
    re_path(rf"{_SLUG}/crawls(?:\.(?P<form>json|csv))?$", portals_page.crawls, name="portal_crawls"),
    re_path(rf"{_SLUG}/records(?:\.(?P<form>json|csv))?$", portals_page.records, name="portal_records"),
    re_path(r"^about$", about.about, name="about"),
]
