"""Portals to choose from, by the place they are of."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from config.errors import ConfigError
from config.home import Home


@dataclass(frozen=True, slots=True)
class Choice:
    """A watched portal."""

    slug: str
    name: str
    place: str
    timezone: str


def choices(home: Home) -> list[Choice]:
    """Every portal whose file can be read, by place and name."""
    found = []
    for path in home.portals.glob("*.toml"):
        try:
            portal = home.portal(path.stem)
        except ConfigError:
            continue  # the operators' page says what is wrong with it
        found.append(Choice(portal.slug, portal.name, portal.place, portal.timezone or "UTC"))
    return sorted(found, key=lambda one: (one.place, one.name))


def place_portals(home: Home, places: Collection[str]) -> list[str]:
    """Slugs of the portals of these places."""
    return [one.slug for one in choices(home) if one.place in places] if places else []
