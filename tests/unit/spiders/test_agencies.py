"""The catalogue of agencies: every row is whole, known once, and says how we know."""

from __future__ import annotations

import re
from collections import Counter
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest

from config.portal import read_portal
from spiders.agencies import EVIDENCE, SITE, Agency, agencies, at, found
from spiders.recognition.registry import RECOGNISERS

SHIPPED = {path.stem: path for path in Path(str(resources.files("spiders") / "portals")).glob("*.toml")}


@pytest.mark.parametrize("one", agencies(), ids=lambda one: one.portal or one.url)
def test_a_row(one: Agency) -> None:
    parts = urlsplit(one.url)
    assert parts.scheme in {"http", "https"}
    assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", parts.hostname or "")
    assert "(S(" not in one.url, "a session's token is no address"
    assert one.platform in {*RECOGNISERS, SITE}
    assert one.name == " ".join(one.name.split()) != ""
    assert one.place.strip()
    assert one.evidence in EVIDENCE
    assert len(one.source) > 10
    assert re.fullmatch(r"20\d\d(-\d\d(-\d\d)?)?", one.date)
    assert not one.portal or one.portal in SHIPPED


def test_no_row_stands_twice() -> None:
    often = Counter((one.url.rstrip("/").lower(), one.portal) for one in agencies())
    assert [row for row, count in often.items() if count > 1] == []
    assert len(agencies()) > 150


@pytest.mark.parametrize("slug", sorted(SHIPPED))
def test_every_portal_file_that_ships_has_its_row(slug: str) -> None:
    portal = read_portal(SHIPPED[slug])
    rows = [one for one in agencies() if one.portal == slug]
    platform = portal.spider if portal.spider in RECOGNISERS else SITE
    row = Agency(
        f"{portal.agency}: {portal.name}", portal.place, platform, portal.url, "G", "how we know", "2026", slug
    )
    assert rows, f"add to spiders/agencies.jsonl, with its evidence: {msgspec.json.encode(row).decode()}"
    assert [(one.platform, one.url, one.place) for one in rows] == [(platform, portal.url, portal.place)]


def test_words_find_places_first_and_platforms_too() -> None:
    assert [one.place for one in found("oakland")] == ["Oakland, California", "Oakland Park, Florida"]
    assert {one.place for one in found("Chicago board")} == {"Chicago, Illinois"}
    assert all(one.platform == "govqa" for one in found("sheriff govqa"))
    assert len(found("sheriff govqa")) > 2
    assert found("Port Merrow") == []
    assert found("  ") == []


def test_an_address_finds_its_row() -> None:
    there = at("https://cityofsantaanaca.nextrequest.com/requests?x=1")
    assert there is not None
    assert there.place == "Santa Ana, California"
    copa = at("https://www.chicagocopa.org/data-cases/case-portal")
    assert copa is not None
    assert copa.portal == "copa"
    assert at("https://www.chicago.gov/city/en/elsewhere.html") is None
    assert at("https://unknown.example/") is None
