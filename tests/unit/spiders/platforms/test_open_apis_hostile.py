"""Open APIs that answer anything at all: a spider says what is wrong, a recogniser says nothing, and neither crashes."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
import scrapy
from scrapy.http import TextResponse

from config.portal import read_portal
from releases.model import Record
from spiders.errors import PageError
from spiders.recognition.ckan import CkanRecogniser
from spiders.recognition.documentcloud import DocumentCloudRecogniser
from spiders.recognition.model import Recogniser, Seen
from spiders.recognition.muckrock import MuckRockRecogniser
from spiders.recognition.socrata import SocrataRecogniser
from spiders.registry import spider_class
from tests.portals.offline import converse
from tests.replicas import asking
from tests.replicas.names import replica_class

PORTALS = Path(__file__).parents[3] / "portals"
SLUGS = ["socrata-cases", "socrata-officers", "documentcloud-project", "documentcloud-search", "muckrock-agency", "muckrock-v1",
         "ckan-police"]  # fmt: skip
OTHER: list[Any] = [
    None,
    True,
    -1,
    10**30,
    1.5,
    "",
    "x" * 300,
    "https://[",
    "\ud800",
    [],
    [None],
    [[]],
    {},
    {"a": {"b": [1]}},
]
MOST = 4000
"""Mutated answers per portal."""


def changed(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """(path, another value) for each place of a JSON document, lists by their first item."""
    for other in OTHER:
        yield path, other
    children = value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    for key, inner in children:
        yield from changed(inner, (*path, key))


def with_change(document: Any, path: tuple[Any, ...], other: Any) -> Any:
    if not path:
        return other
    copied = copy.deepcopy(document)
    place = copied
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = other
    return copied


@pytest.mark.parametrize("slug", SLUGS)
def test_any_change_of_an_answer_is_read_or_a_page_error(slug: str) -> None:
    """Each callback's first request and answer, with each place of the answer another value."""
    portal = read_portal(PORTALS / slug / "portal.toml")
    name, *hazards = (PORTALS / slug / "replica").read_text("utf-8").split()
    met: dict[str, tuple[str, dict[str, Any], Any]] = {}
    with replica_class(name)(*hazards) as replica:
        spider = spider_class(portal.spider)(portal)
        reply = partial(asking.served, replica)

        def noted(request: scrapy.Request) -> Any:
            response = reply(request)
            assert request.callback is not None
            callback = getattr(request.callback, "__name__", "")
            met.setdefault(callback, (request.url, dict(request.cb_kwargs), msgspec.json.decode(response.body)))
            return response

        assert any(isinstance(item, Record) for item in converse(spider, noted).yielded)
    assert met
    tried = 0
    for callback, (url, arguments, document) in met.items():
        for path, other in changed(document):
            tried += 1
            if tried > MOST:
                return
            try:
                body = msgspec.json.encode(with_change(document, path, other))
            except UnicodeEncodeError:
                continue
            fresh = spider_class(portal.spider)(portal)
            vars(fresh).update(
                {key: copy.deepcopy(value) for key, value in vars(spider).items() if key in {"_columns", "_places"}}
            )
            if callback == "jurisdiction":
                vars(fresh)["_waiting"] = {arguments["agency"]: []}
            try:
                for _ in getattr(fresh, callback)(TextResponse(url, body=body, encoding="utf-8"), **arguments):
                    pass
            except PageError:
                continue
    assert tried > 20


@pytest.mark.parametrize(
    "recogniser",
    [SocrataRecogniser(), DocumentCloudRecogniser(), MuckRockRecogniser(), CkanRecogniser()],
    ids=lambda one: one.spider,
)
@pytest.mark.parametrize("body", [b"", b"\xff\x00", b"[" * 5000, b'{"results": [[]]}', b'{"results": [{"asset_url": 1}]}',
                                  b"<meta " * 5000, b'{"success": true, "result": 3}'])  # fmt: skip
@pytest.mark.parametrize(
    "path", ["/", "/d/aaaa-bbbb", "/projects/1/", "/agency/a-1/b-2/", "/organization/x", "/?q=organization:"]
)
def test_recognisers_never_raise(recogniser: Recogniser, body: bytes, path: str) -> None:
    seen = Seen(TextResponse(f"https://x.example{path}", body=body, encoding="utf-8"))
    recogniser.signs(seen)
    answers = {question.name: seen for question in recogniser.questions(seen)}
    try:
        assert recogniser.propose(seen, answers) is None
    except PageError:
        return
