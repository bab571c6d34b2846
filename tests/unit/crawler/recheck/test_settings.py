"""Keys of the portal file that decide it: what is wrong is named, and what a budget comes to."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from config.errors import ConfigError
from config.portal import Limits, Portal, Recheck, check_portal
from crawler.politeness.hosts import delay_of
from crawler.recheck.held import budget_of

PORTAL = Portal("a", "A", "B", "C", "https://a.example/", "pages")
AT = datetime(2026, 3, 2, 6, 15, tzinfo=UTC)
"""A Monday."""


@pytest.mark.parametrize(
    ("key", "value"),
    [("share", 0.0), ("share", 1.5), ("share", float("nan")), ("longest_days", -1.0), ("longest_days", float("inf"))],
)
def test_a_wrong_budget_is_named(key: str, value: float) -> None:
    portal = msgspec.structs.replace(PORTAL, recheck=Recheck(**{key: value}))
    with pytest.raises(ConfigError, match=rf"recheck\.{key} = "):
        check_portal(portal, "a.toml")


@pytest.mark.parametrize("key", ["crawl_requests", "crawl_seconds"])
def test_a_wrong_limit_is_named(key: str) -> None:
    portal = msgspec.structs.replace(PORTAL, limits=Limits(**{key: 0}))
    with pytest.raises(ConfigError, match=rf"limits\.{key} = 0"):
        check_portal(portal, "a.toml")


@pytest.mark.parametrize(
    ("schedule", "seconds"),
    [("daily", 21_525), ("hourly", 855), ("every 2d", 43_125), ("15 6 * * *", 21_600), ("nonsense", 21_600)],
)
def test_the_budget_is_a_share_of_the_time_between_two_crawls(schedule: str, seconds: float) -> None:
    assert budget_of(msgspec.structs.replace(PORTAL, schedule=schedule), AT).seconds == pytest.approx(seconds)


def test_private_hosts_bear_any_pace() -> None:
    assert delay_of(PORTAL, "https://a.example/f") == 1.0
    near = msgspec.structs.replace(PORTAL, allow_private_network=("a.example",))
    assert (delay_of(near, "https://a.example/f"), delay_of(near, "https://b.example/f")) == (0.0, 1.0)
