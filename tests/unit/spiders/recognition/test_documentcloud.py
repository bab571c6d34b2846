"""Which addresses on DocumentCloud are recognised, and what they stand for."""

from __future__ import annotations

from typing import Any

import pytest
from scrapy.http import Response, TextResponse

from config.portal import Portal
from spiders.platforms.documentcloud import DocumentCloudSpider
from spiders.recognition.documentcloud import DocumentCloudRecogniser
from spiders.recognition.model import STRONG, Seen
from tests.replicas.asking import recognised
from tests.replicas.documentcloud import API, SITE, DocumentCloudReplica


@pytest.mark.parametrize(
    ("start", "parameters", "name", "records"),
    [
        (f"https://{SITE}/projects/cedar-hollow-reports-4021/", {"project": 4021}, "Cedar Hollow reports", 5),
        (f"https://{SITE}/projects/4021-cedar-hollow-reports/", {"project": 4021}, "Cedar Hollow reports", 5),
        (
            f"https://{SITE}/documents/?q=%2Borganization%3Acedar-hollow-courier-77",
            {"organization": 77},
            "Cedar Hollow Courier",
            5,
        ),
        (
            f"https://{SITE}/documents/?q=group:77+audit",
            {"organization": 77, "query": "audit"},
            "Cedar Hollow Courier",
            1,
        ),
        (f"https://{SITE}/app?q=%2Bproject%3Acedar-hollow--4021%20", {"project": 4021}, "Cedar Hollow reports", 5),
        (f"https://{API}/api/documents/?project=4021", {"project": 4021}, "Cedar Hollow reports", 5),
    ],
)
def test_what_an_address_stands_for(start: str, parameters: dict[str, Any], name: str, records: int) -> None:
    with DocumentCloudReplica() as replica:
        signs, proposal = recognised(DocumentCloudRecogniser(), replica, start)
    assert max(sign.weight for sign in signs) >= STRONG
    assert proposal is not None
    assert (proposal.parameters, proposal.name, proposal.records) == (parameters, name, records)
    assert proposal.canaries
    DocumentCloudSpider(Portal("x", proposal.name, "A", "P", proposal.url, proposal.spider, dict(proposal.parameters)))


@pytest.mark.parametrize("start", [f"https://{SITE}/", f"https://{SITE}/documents/20310001-use-of-force-report-2031/"])
def test_the_whole_site_and_one_document_are_no_portal(start: str) -> None:
    with DocumentCloudReplica() as replica:
        assert recognised(DocumentCloudRecogniser(), replica, start)[1] is None


@pytest.mark.parametrize("response", [
    Response("https://x.example/projects/1", body=b"\xff\xfe\x00"),
    TextResponse("https://x.example/projects/99999999999999999999999999/", body=b'{"results": [1]}', encoding="utf-8"),
    TextResponse("https://x.example/?q=organization:", body=b'{"results": 3}', encoding="utf-8"),
    TextResponse("https://x.example/", body=b"<p>We use DocumentCloud</p>", encoding="utf-8"),
])  # fmt: skip
def test_other_pages_are_none(response: Response) -> None:
    assert all(sign.weight < STRONG for sign in DocumentCloudRecogniser().signs(Seen(response)))
