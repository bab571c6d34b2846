"""Addresses of this part."""

from __future__ import annotations

from django.urls import path

from web.diffs import views

urlpatterns = [
    path("diff/captures/<str:old>/<str:new>", views.captures, name="diff-captures"),
    path("diff/<str:slug>/<path:key>", views.record, name="diff"),
]
