"""Addresses of this part."""

from __future__ import annotations

from django.urls import re_path

from web.due import views

urlpatterns = [re_path(r"^deadlines(?:\.(?P<form>json|csv|ics))?$", views.deadlines, name="deadlines")]
