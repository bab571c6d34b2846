"""NextRequest is known by its shell and its list, never by a host name; what is proposed can be crawled."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import scrapy
from scrapy.http import HtmlResponse, Response, TextResponse

from config.portal import Portal
from crawler.check import check_settings
from spiders.recognition.model import HINT, PROOF, STRONG, Proposal, Seen
from spiders.recognition.nextrequest import NextRequestRecogniser
from tests.captures import REAL, needs_captures
from tests.replicas.asking import served
from tests.replicas.nextrequest import TENANT, NextRequestReplica

RECOGNISER = NextRequestRecogniser()
CAPTURE = REAL / "nextrequest" / "request_22-7.html"


@pytest.fixture
def site() -> Iterator[NextRequestReplica]:
    with NextRequestReplica() as replica:
        yield replica


def proposed(site: NextRequestReplica, path: str = "/requests") -> Proposal | None:
    seen = Seen(served(site, scrapy.Request(f"https://{TENANT}{path}")))
    answers = {
        question.name: Seen(served(site, scrapy.Request(question.url))) for question in RECOGNISER.questions(seen)
    }
    return RECOGNISER.propose(seen, answers)


def test_a_tenant(site: NextRequestReplica) -> None:
    found = proposed(site, "/requests/26-5")
    assert found is not None
    assert (found.spider, found.url) == ("nextrequest", f"https://{TENANT}/requests")
    assert (found.name, found.records, found.listed, found.files) == ("Lake Harbor Police (FICTIONAL)", 6, 6, 5)
    assert found.canaries == ("25-3", "25-2", "25-1")
    check_settings(Portal("x", "X", "A", "P", found.url, found.spider, dict(found.parameters)), "x.toml")


def test_a_tenant_without_a_list_of_documents(site: NextRequestReplica) -> None:
    site.hazards.add("no-documents")
    found = proposed(site)
    assert found is not None
    assert found.files is None
    assert "not given to anybody" in found.doubts[-1]


def test_the_shell_alone_proposes_nothing(site: NextRequestReplica) -> None:
    seen = Seen(served(site, scrapy.Request(site.start)))
    assert [sign.weight for sign in RECOGNISER.signs(seen)] == [PROOF, STRONG, HINT]
    assert RECOGNISER.propose(seen, {}) is None


def test_a_host_of_its_own_is_known_by_its_shell() -> None:
    seen = Seen(HtmlResponse("https://records.example.org/", body=b'<div class="main-content nextrequest">'))
    assert [sign.weight for sign in RECOGNISER.signs(seen)] == [PROOF]


@pytest.mark.parametrize(
    "response",
    [
        HtmlResponse("https://www.nextrequest.com/", body=b"<html><p>NextRequest</p></html>"),
        Response("https://x.example/", body=b"\x00\xff"),
        TextResponse("https://x.example/", body=b"\xff\xfe{", encoding="utf-8"),
        HtmlResponse("https://x.example/", body=b""),
    ],
)
def test_signs_bear_anything(response: Response) -> None:
    assert RECOGNISER.signs(Seen(response)) == []


@needs_captures
def test_a_real_page_is_recognised() -> None:
    seen = Seen(HtmlResponse("https://tenant.example.org/requests/22-7", body=CAPTURE.read_bytes(), encoding="utf-8"))
    assert [sign.weight for sign in RECOGNISER.signs(seen)] == [PROOF]
