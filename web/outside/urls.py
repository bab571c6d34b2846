"""Addresses of this part."""

from __future__ import annotations

from django.urls import path

from web.outside.replay_views import replay

urlpatterns = [path("replay/<str:ident>", replay, name="replay")]
