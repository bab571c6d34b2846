"""Which addresses of a CKAN portal are recognised, and what they stand for."""

from __future__ import annotations

from typing import Any

import pytest
from scrapy.http import Response, TextResponse

from config.portal import Portal
from spiders.platforms.ckan import CkanSpider
from spiders.recognition.ckan import CkanRecogniser
from spiders.recognition.model import PROOF, STRONG, Seen
from tests.replicas.asking import recognised
from tests.replicas.ckan import SITE, CkanReplica


@pytest.mark.parametrize(
    ("start", "url", "parameters", "name", "records"),
    [
        (f"https://{SITE}/", f"https://{SITE}/dataset", {}, "Riverbend Open Data", 5),
        (CkanReplica.start, CkanReplica.start, {"organization": "police-department"}, "Riverbend Open Data: Police Department", 4),
        (f"https://{SITE}/dataset?q=force", f"https://{SITE}/dataset?q=force", {"query": "force"}, "Riverbend Open Data", 1),
        (f"https://{SITE}/dataset?organization=water-works", f"https://{SITE}/dataset?organization=water-works",
         {"organization": "water-works"}, "Riverbend Open Data: Water Works", 1),
    ],
)  # fmt: skip
def test_what_an_address_stands_for(start: str, url: str, parameters: dict[str, Any], name: str, records: int) -> None:
    with CkanReplica() as replica:
        signs, proposal = recognised(CkanRecogniser(), replica, start)
    assert max(sign.weight for sign in signs) == PROOF
    assert proposal is not None
    assert (proposal.url, proposal.parameters, proposal.name, proposal.records) == (url, parameters, name, records)
    assert proposal.canaries
    assert bool(proposal.doubts) == (not parameters)
    CkanSpider(
        Portal("x", proposal.name, proposal.agency, "P", proposal.url, proposal.spider, dict(proposal.parameters))
    )


def test_a_portal_whose_api_fails_is_none() -> None:
    with CkanReplica("failing") as replica:
        assert recognised(CkanRecogniser(), replica)[1] is None


@pytest.mark.parametrize("response", [
    Response("https://x.example/dataset/1", body=b"\xff\xfe\x00"),
    TextResponse("https://x.example/", body=b"<meta name=generator content='WordPress 6'>CKAN", encoding="utf-8"),
    TextResponse("https://x.example/organization/", body=b"", encoding="utf-8"),
])  # fmt: skip
def test_other_pages_are_none(response: Response) -> None:
    assert all(sign.weight < STRONG for sign in CkanRecogniser().signs(Seen(response)))
