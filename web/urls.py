"""Addresses: each part of the newsroom has its own list."""

from __future__ import annotations

from django.urls import include, path

PARTS = (
    "front", "records", "diffs", "files", "searching", "due", "accounts", "desk", "api", "operate", "outside", "editing",
)  # fmt: skip

urlpatterns = [path("", include(f"web.{part}.urls")) for part in PARTS]

handler400 = "web.shell.errors.wrong"
handler403 = "web.shell.errors.forbidden"
handler404 = "web.shell.errors.missing"
handler500 = "web.shell.errors.failed"
