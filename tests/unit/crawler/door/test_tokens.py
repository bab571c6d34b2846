"""An operator's API token: sent to the portal's own host, masked in the archive, given to nobody else."""

from __future__ import annotations

import asyncio

import pytest
from door_site import Memory, open_door, portal

from config.errors import ConfigError
from config.token import Token, check_token
from crawler.capture.door import Fetch
from crawler.capture.identity import token_goes_to

SECRET = "s3cret-t0ken"


@pytest.fixture
def held(monkeypatch):
    monkeypatch.setenv("A_PORTALS_TOKEN", SECRET)


def fetch(portal_, url, archive, **more):
    async def run():
        async with open_door(portal_, archive) as door:
            return await door.fetch(Fetch(url, **more))

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("token", "name", "value"),
    [
        (Token("A_PORTALS_TOKEN", form="Token {}"), "Authorization", f"Token {SECRET}"),
        (Token("A_PORTALS_TOKEN", header="X-App-Token", form="{}", needed="for more"), "X-App-Token", SECRET),
    ],
)
def test_it_is_sent_and_masked(site, held, token, name, value):
    site.pages["/a"] = (200, [], b"page")
    archive = Memory()
    fetch(portal(site.url, token=token), f"{site.url}/a", archive)
    assert site.seen[-1].headers[name] == value
    (exchange,) = archive.exchanges
    assert SECRET.encode() not in exchange.sent
    assert name.encode() in exchange.sent


def test_a_spider_cannot_send_another_one(site, held):
    site.pages["/a"] = (200, [], b"page")
    given = ((b"authorization", b"Bearer someone-elses"),)
    fetch(portal(site.url, token=Token("A_PORTALS_TOKEN")), f"{site.url}/a", Memory(), headers=given)
    assert [v for n, v in site.seen[-1].headers.items() if n.lower() == "authorization"] == [f"Bearer {SECRET}"]


def test_other_hosts_never_see_it(site, held):
    elsewhere = site.url.replace("127.0.0.1", "localhost")
    site.pages["/a"] = (302, [("Location", f"{elsewhere}/b")], b"")
    site.pages["/b"] = (200, [], b"file")
    archive = Memory()
    fetch(portal(site.url, token=Token("A_PORTALS_TOKEN")), f"{site.url}/a", archive, purpose="file")
    first, second = site.seen[-2:]
    assert first.headers["Authorization"] == f"Bearer {SECRET}"
    assert "Authorization" not in second.headers
    site.pages["/a"] = (200, [], b"")
    named = Token("A_PORTALS_TOKEN", hosts=("localhost",))
    fetch(portal(site.url, token=named), f"{elsewhere}/a", archive, purpose="file")
    assert site.seen[-1].headers["Authorization"] == f"Bearer {SECRET}"


def test_without_one_the_portal_says_what_to_set(site, monkeypatch):
    monkeypatch.delenv("A_PORTALS_TOKEN", raising=False)
    site.pages["/a"] = (200, [], b"page")
    with pytest.raises(ConfigError, match="A_PORTALS_TOKEN is not set"):
        fetch(portal(site.url, token=Token("A_PORTALS_TOKEN")), f"{site.url}/a", Memory())
    assert site.seen == []
    fetch(portal(site.url, token=Token("A_PORTALS_TOKEN", needed="for more")), f"{site.url}/a", Memory())
    assert "Authorization" not in site.seen[-1].headers


@pytest.mark.parametrize("value", ["two\nlines", "n\u00f6n-ascii"])
def test_a_value_no_header_may_hold_is_refused(value, monkeypatch):
    monkeypatch.setenv("A_PORTALS_TOKEN", value)
    with pytest.raises(ConfigError, match="no header may hold"):
        Token("A_PORTALS_TOKEN").value()


@pytest.mark.parametrize(
    ("token", "said"),
    [
        (Token("abc123secret"), "never the token itself"),
        (Token("A_TOKEN", header="X Bad"), "token.header"),
        (Token("A_TOKEN", form="Bearer"), "token.form"),
        (Token("A_TOKEN", form="Bearer {}\n"), "token.form"),
        (Token("A_TOKEN", hosts=("https://a.example",)), "token.hosts"),
    ],
)
def test_a_wrong_token_table_says_which_key(token, said):
    with pytest.raises(ConfigError, match=said):
        check_token(token, "portal file")


def test_another_port_of_the_host_never_sees_it(site, other_site, held):
    site.pages["/a"] = (302, [("Location", f"{other_site.url}/b")], b"")
    other_site.pages["/b"] = (200, [], b"file")
    fetch(portal(site.url, token=Token("A_PORTALS_TOKEN")), f"{site.url}/a", Memory(), purpose="file")
    assert site.seen[-1].headers["Authorization"] == f"Bearer {SECRET}"
    assert "Authorization" not in other_site.seen[-1].headers


@pytest.mark.parametrize(
    ("own", "url", "goes"),
    [
        ("https://a.example/x", "https://a.example/api", True),
        ("https://a.example/x", "https://a.example:443/api", True),
        ("https://a.example/x", "http://a.example/api", False),
        ("https://a.example/x", "https://a.example:8443/api", False),
        ("https://a.example/x", "https://www.a.example/api", False),
        ("https://a.example/x", "https://api.example/api", True),
        ("https://a.example/x", "http://api.example/api", False),
        ("http://a.example/x", "http://a.example/api", True),
        ("http://a.example/x", "https://a.example/api", True),
        ("https://a.example:8443/x", "https://a.example:8443/api", True),
    ],
)
def test_where_it_goes(own, url, goes):
    assert token_goes_to(portal(own, token=Token("A_PORTALS_TOKEN", hosts=("api.example",))), url) is goes
