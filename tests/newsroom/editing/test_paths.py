"""Every address of the newsroom, asked by everybody, in a home with things under restriction: none tells of them.

Addresses are taken from the resolver: a new one is asked too, and fails here where it leaks, or where nobody has said
what its arguments may be.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote, unquote

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import URLResolver, get_resolver, path

from archive.catalog.models import Capture
from archive.ids import uuid7
from releases.ledger.queries import find_any
from releases.models import Delivery, Event, File, Record, Subscription
from releases.search.catch_up import catch_up
from releases.search.texts import archived_texts
from tests.newsroom.editing.restricted import PORTAL, Restricted, captures_of, flat, report_of, restrict
from tests.newsroom.inside import Newsroom
from tests.newsroom.served import copy_of
from web.shell.viewer import allowed

ROLES = ("", "reader", "reporter", "editor", "operator")
OWN = ("/editing", "/editing/history")
"""The editors' own lists say what is restricted."""
_GROUP = re.compile(r"\(\?P<(\w+)>([^()]*(?:\([^()]*\)[^()]*)*)\)")
_CONVERTER = re.compile(r"<(?:(\w+):)?(\w+)>")


@pytest.fixture(scope="module")
def restricted(told: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Newsroom, Restricted]]:
    home = copy_of(told, tmp_path_factory.mktemp("restricted") / "home")
    with Newsroom.over(home) as newsroom:
        shut = restrict(home, newsroom.holdings, lambda chosen: KEPT.extend(keep(newsroom, chosen)))
        catch_up(newsroom.home.index, archived_texts(newsroom.holdings))
        yield newsroom, shut


KEPT: list[str] = []
"""Addresses of what a reporter kept of things while they were still shown."""
_MADE = re.compile(r"/(?:shared/[\w-]+|feeds/[\w-]+\.atom|desk/(?:lists|folders)/[0-9a-f-]{36})")


def keep(newsroom: Newsroom, chosen: Restricted) -> list[str]:
    """On lists, in folders, by links, in feeds and messages; the addresses of all of it."""
    client, said = newsroom.client("reporter"), []
    records = [find_any(PORTAL, key) for key in (chosen.record, chosen.named, chosen.passed, chosen.filed)]
    files = [report_of(key) for key in (chosen.record, chosen.passed, chosen.filed)]
    for number, record in enumerate(records):
        for there, sent in (
            ("/desk/lists", {"name": f"list {number}", "record": record.id}),
            ("/desk/folders", {"name": f"folder {number}", "kind": "record", "what": record.id}),
            ("/desk/links", {"record": record.id, "days": "30", "note": "for you"}),
            ("/desk/notes", {"kind": "record", "what": record.id, "text": "look here"}),
        ):
            said.append(client.post(there, sent, follow=True))
    for number, file in enumerate(files):
        sent = {"name": f"of files {number}", "kind": "file", "what": file.id, "version": "1"}
        said.append(client.post("/desk/folders", sent, follow=True))
    for kind, about in (("everything", ""), ("portal", PORTAL), ("search", "case"), ("deadlines", "")):
        said.append(client.post("/desk/addresses", {"kind": kind, "about": about}, follow=True))
    text = "\n".join(
        [one.content.decode() for one in said] + [there for one in said for there, _ in one.redirect_chain]
    )
    made = set(_MADE.findall(text))
    now, events = datetime.now(UTC), Event.objects.filter(record__in=[record.id for record in records])
    asker = Subscription.objects.create(
        id=uuid7(),
        owner=newsroom.account("reporter"),
        name="all of it",
        channel="mailto:me@example.org",
        created_at=now,
    )
    message = Delivery.objects.create(
        id=uuid7(), subscription=asker, commit=uuid7(), events=[event.id for event in events], state="sent", next_at=now,
        created_at=now, sent_at=now,
    )  # fmt: skip
    feeds = {
        one.removesuffix("atom") + form for one in made if "/feeds/" in one for form in ("rss", "json", "csv", "ics")
    }
    own = {f"{one}.{form}" for one in made if one.startswith("/desk/") for form in ("json", "csv")}
    kinds = {one.strip("/").partition("/")[0] for one in made} | {one.split("/")[2] for one in made if "/desk/" in one}
    assert kinds == {"shared", "feeds", "desk", "lists", "folders"}
    shared = [f"{one}/files/{file.id}/v/1" for one in made if "/shared/" in one for file in files]
    alerts = [
        f"/subscriptions/{asker.id}",
        f"/subscriptions/{asker.id}/edit",
        f"/subscriptions/{asker.id}/deliveries/{message.id}",
    ]
    return sorted({*made, *feeds, *own, *shared, *alerts})


class Samples:
    """What arguments of addresses may be, by their names."""

    def __init__(self, shut: Restricted) -> None:
        keys = (shut.record, shut.named, shut.passed, shut.filed)
        files = [report_of(key) for key in (shut.record, shut.passed, shut.filed)]
        records = [Record.objects.get(portal=PORTAL, key=key) for key in keys]
        pages = [Capture.objects.filter(url=record.url, status=200).order_by("-id")[0].id for record in records]
        listing = next(
            capture
            for capture in Event.objects.filter(record=records[0].id, kind="new")[0].captures
            if capture not in pages
        )
        captures = [*pages, *(captures_of(file)[-1] for file in files), listing]
        known = [captures[4], files[0].id, records[0].id]
        self.idents = {
            "captures": captures, "files": [file.id for file in files], "editing": captures, "cite": known,
            "exports": known[:1], "subscriptions": known[:1],
        }  # fmt: skip
        self.by_name: dict[str, list[str]] = {
            "slug": [PORTAL], "key": list(keys), "capture": captures, "old": captures[4:5], "new": captures[5:7],
            "ident": known, "number": ["1"], "page": ["1"], "version": ["1"], "name": ["en"],
            "url": [record.url for record in records], "token": ["x" * 32], "secret": ["x" * 32], "words": ["x" * 32], "sent": [known[0]],
        }  # fmt: skip
        self.asked = [
            *(f"/{place}?q={quote(query)}" for place in ("search", "search.json", "search.csv", "search.atom") for query in
              ("case", "report", "statement", "review", f'"{shut.passage}"', f'"{shut.words}"', f'"{shut.name}"', shut.record)),
            *(f"/files/{file.id}?v=1&page=1&q=review" for file in files),
            *(f"/diff/{PORTAL}/{key}?from=1&to=2" for key in keys),
            *(f"/records/{PORTAL}?key={key}" for key in keys),
            *(f"/subscriptions/new?portal={PORTAL}&key={key}" for key in keys),
            *(f"/releases?portal={PORTAL}&{more}" for more in ("kind=new", "first=1", "backfill=1")),
        ]  # fmt: skip

    def of(self, name: str, pattern: str, part: str) -> list[str]:
        """Of the argument `name` in an address that begins with `part`."""
        if name == "form" or (pattern and re.fullmatch(r"[\w.|\\]+", pattern) and "|" in pattern):
            return pattern.replace("\\", "").split("|")
        if name == "ident" and part in self.idents:
            return self.idents[part]
        assert name in self.by_name, f"what may <{name}> be in an address? say so in Samples"
        return self.by_name[name]


def addresses(resolver: URLResolver, samples: Samples, before: str = "/") -> Iterator[str]:
    """Every address, with every sample of each of its arguments."""
    for one in resolver.url_patterns:
        shape = str(one.pattern)
        if isinstance(one, URLResolver):
            yield from addresses(one, samples, before + shape.lstrip("^"))
            continue
        yield from _filled(before + shape, samples)


def _filled(shape: str, samples: Samples) -> Iterator[str]:
    text = shape.replace("^", "").removesuffix("$")
    part = text.strip("/").partition("/")[0]
    # `(?:\.(?P<form>json|csv))?`: without, and with each.
    text = re.sub(r"\(\?:\\\.(\(\?P<form>[^)]*\))\)\?", r"[\1]", text)
    arguments: dict[str, list[str]] = {}

    def named(found: re.Match[str]) -> str:
        name, pattern = found[1], found[2]
        arguments[name] = samples.of(name, pattern, part)
        return f"{{{name}}}"

    def converted(found: re.Match[str]) -> str:
        arguments[found[2]] = samples.of(found[2], "", part)
        return f"{{{found[2]}}}"

    text = _GROUP.sub(named, text)
    text = _CONVERTER.sub(converted, text)
    optional = "[{form}]" in text
    if optional:
        arguments["form"] = ["", *(f".{one}" for one in arguments["form"])]
        text = text.replace("[{form}]", "{form}")
    text = text.replace("\\.", ".")
    assert not re.search(r"[\\()?*+\[\]|]", text), f"this test does not understand the address {shape}"
    for values in product(*arguments.values()):
        yield text.format(
            **{name: value if name == "form" else quote(value) for name, value in zip(arguments, values, strict=True)}
        )


def told_by(answer: Any) -> str:
    """Everything that an answer says."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    answer.close()
    heads = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    return f"{heads}\n{body.decode('latin-1')}\n{body.decode('utf-8', 'replace')}"


def leaks(client: Client, role: str, address: str, shut: Restricted) -> list[str]:
    """The secrets that an answer tells; what the address itself says may be said back."""
    answer = client.get(address)
    said = flat(unquote(told_by(answer)))
    for part in re.split(r"[?&=/]", unquote(address)):
        if len(flat(part)) > 5:
            said = said.replace(flat(part), "")
    if role in {"editor", "operator"} and address in OWN:
        return [one for one in (shut.passage, shut.words) if flat(one) in said]
    return [one for one in shut.secrets if flat(one) in said]


def test_no_address_tells_anybody_of_what_is_restricted(
    restricted: tuple[Newsroom, Restricted], monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom, shut = restricted
    for whose in ("ANONYMOUS", "KNOWN"):
        monkeypatch.setattr(f"web.api.guard.{whose}", 10**6)
    samples = Samples(shut)
    asked = list(dict.fromkeys([*addresses(get_resolver(), samples), *samples.asked]))
    found = []
    for number, role in enumerate(ROLES):
        client = newsroom.client(role)
        # Nobody sees more than an operator, or less than whoever comes; the others ask for a share of it each.
        mine = asked if role in {"", "operator"} else asked[number::6]
        kept = {"": [one for one in KEPT if one.startswith(("/shared", "/feeds"))], "reporter": KEPT}
        mine = [*mine, *kept.get(role, ())]
        found += [(role, address, told) for address in mine if (told := leaks(client, role, address, shut))]
    assert found == []


def test_what_is_not_restricted_is_still_told(restricted: tuple[Newsroom, Restricted]) -> None:
    newsroom, shut = restricted
    page = newsroom.get(f"/records/{PORTAL}/{shut.named}")
    assert page.status_code == 200
    assert "█████" in page.content.decode()
    assert newsroom.get(f"/records/{PORTAL}/{shut.record}").status_code == 404
    assert newsroom.get(f"/records/{PORTAL}/{shut.filed}").status_code == 200
    assert shut.passed.upper() in newsroom.get("/search.json?q=case").content.decode().upper()


@allowed("read")
def _leak(request: HttpRequest, ident: str) -> HttpResponse:
    del request
    file = File.objects.filter(id=ident).first()
    record = Record.objects.filter(id=file.record).first() if file else None
    return HttpResponse(record.title if record else "")


def test_an_address_that_leaks_is_found(restricted: tuple[Newsroom, Restricted]) -> None:
    newsroom, shut = restricted
    module = ModuleType("leaky")
    module.urlpatterns = [path("leak/<str:ident>", _leak)]  # type: ignore[attr-defined]
    module.handler404 = "web.shell.errors.missing"  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "leaky", module)
        with override_settings(ROOT_URLCONF="leaky"):
            client = newsroom.client()
            asked = list(addresses(get_resolver("leaky"), Samples(shut)))
            assert any(leaks(client, "", address, shut) for address in asked)
    with pytest.raises(AssertionError, match="say so in Samples"):
        list(_filled("new/<str:unheard_of>", Samples(shut)))
