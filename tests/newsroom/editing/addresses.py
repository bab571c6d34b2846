"""Every address of the newsroom, taken from the resolver, with samples of what may stand in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product
from urllib.parse import quote, urlsplit

from django.urls import URLResolver

from archive.catalog.models import Capture, Crawl
from releases.models import Event, Record
from tests.newsroom.editing.restricted import PORTAL, Restricted, captures_of, report_of

_GROUP = re.compile(r"\(\?P<(\w+)>([^()]*(?:\([^()]*\)[^()]*)*)\)")
_CONVERTER = re.compile(r"<(?:(\w+):)?(\w+)>")


class Samples:
    """What arguments of addresses may be, by their names."""

    def __init__(self, shut: Restricted, traces: Sequence[str] = ()) -> None:
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
            "until": ["20991231235959"],
        }  # fmt: skip
        host = urlsplit(records[0].url).hostname
        self.asked = [
            *(f"/{place}?q={quote(query)}" for place in ("search", "search.json", "search.csv", "search.atom") for query in
              ("case", "report", "statement", "review", f'"{shut.passage}"', f'"{shut.words}"', f'"{shut.name}"', shut.record)),
            *(f"/files/{file.id}?v=1&page=1&q=review" for file in files),
            *(f"/desk/documentcloud/new?file={file.id}" for file in files),
            *(f"/diff/{PORTAL}/{key}?from=1&to=2" for key in keys),
            *(f"/records/{PORTAL}?key={key}" for key in keys),
            *(f"/subscriptions/new?portal={PORTAL}&key={key}" for key in keys),
            *(f"/operate/crawls/{one.id}" for one in Crawl.objects.filter(portal=PORTAL).order_by("-started_at")[:1]),
            f"/cdx?url={host}&matchType=domain",
            *(f"{place}{one}" for one in traces for place in ("/captures/", "/api/v1/captures/", "/cite/capture/")),
            *(f"/diff/captures/{one}/{captures[0]}" for one in traces[:1]),
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
        yield from filled(before + shape, samples)


def filled(shape: str, samples: Samples) -> Iterator[str]:
    """An address with every sample of each of its arguments."""
    # `(?:(?P<until>[0-9]{14})/)?`: without, and with it.
    if found := re.search(r"\(\?:(\(\?P<\w+>[^()]*\)/)\)\?", shape):
        for part in ("", found[1]):
            yield from filled(shape.replace(found[0], part), samples)
        return
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
