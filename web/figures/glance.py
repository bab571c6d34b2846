"""How one portal is doing, as lists show it: its health, and its last crawls. Cheap."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from archive.catalog.models import Crawl
from archive.catalog.models import Portal as Crawled
from config.errors import ConfigError
from config.home import Home
from releases.portals.health import health, misread
from web.figures.shelf import Made

STRIP = 30
"""Crawls in a health strip."""


def glance(home: Home, slug: str, now: datetime) -> Iterator[Made | None]:
    """See `web.figures.jobs`."""
    yield Made({**_row(home, slug, now), "strip": strip(slug)})


def _row(home: Home, slug: str, now: datetime) -> dict[str, Any]:
    if not (home.portals / f"{slug}.toml").is_file():
        known = Crawled.objects.filter(slug=slug).first()
        return {**misread(slug, ""), "verdict": "not watched", "name": known.name if known else slug}
    try:
        row = health(home.portal(slug), now)
    except ConfigError as error:
        return misread(slug, error.what)
    if row["verdict"] != "running":
        return {**row, "running": False}
    ended = Crawl.objects.filter(portal=slug).exclude(verdict="running").order_by("-started_at").first()
    told = {"verdict": ended.verdict, "reason": ended.reason} if ended else {"verdict": "never crawled", "reason": ""}
    return {**row, **told, "running": True}


def strip(slug: str, most: int = STRIP) -> list[dict[str, Any]]:
    """The last crawls, oldest first."""
    rows = Crawl.objects.filter(portal=slug).order_by("-started_at", "-id")
    columns = ("id", "started_at", "verdict", "coverage", "reason")
    return [dict(zip(columns, row, strict=True)) for row in reversed(rows.values_list(*columns)[:most])]
