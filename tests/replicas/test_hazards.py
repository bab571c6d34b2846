"""Hazards that every replica has."""

from __future__ import annotations

import pytest
import scrapy

from tests.replicas.asking import served
from tests.replicas.server import Asked, PlatformReplica, Reply


class Site(PlatformReplica):
    hosts = ("site.example",)

    def reply(self, asked: Asked) -> Reply:
        return Reply(asked.target)


@pytest.mark.parametrize("order", ["aabb", "abab", "abba", "aaabbb"])
def test_a_busy_site_refuses_each_address_once_however_requests_interleave(order: str) -> None:
    with Site("busy") as site:
        statuses = [(name, served(site, scrapy.Request(f"https://site.example/{name}")).status) for name in order]
    for name in "ab":
        first, *later = [status for asked, status in statuses if asked == name]
        assert first == 429
        assert set(later) == {200}


def test_what_is_posted_is_part_of_the_address() -> None:
    with Site("busy") as site:
        asked = [scrapy.Request("https://site.example/api", method="POST", body=body) for body in ("1", "2", "1", "2")]
        assert [served(site, request).status for request in asked] == [429, 429, 200, 200]
