"""Which addresses on MuckRock are recognised, and what they stand for."""

from __future__ import annotations

from typing import Any

import pytest
from scrapy.http import Response, TextResponse

from config.portal import Portal
from spiders.platforms.muckrock import MuckRockSpider
from spiders.recognition.model import STRONG, Seen
from spiders.recognition.muckrock import MuckRockRecogniser
from tests.replicas.asking import recognised
from tests.replicas.muckrock import SITE, MuckRockReplica


@pytest.mark.parametrize("hazards", [(), ("open",)])
@pytest.mark.parametrize(
    ("start", "parameters", "agency"),
    [
        (MuckRockReplica.start, {"agency": 1207}, "Cedar Hollow Police Department"),
        (f"https://{SITE}/tags/body-cameras/", {"tag": "body cameras"}, ""),
        (f"https://{SITE}/api_v2/requests/?jurisdiction=88&tags=force", {"jurisdiction": 88, "tag": "force"}, ""),
        (f"https://{SITE}/api_v1/foia/?agency=1207", {"agency": 1207, "api": "v1"}, ""),
    ],
)
def test_what_an_address_stands_for(
    start: str, parameters: dict[str, Any], agency: str, hazards: tuple[str, ...]
) -> None:
    with MuckRockReplica(*hazards) as replica:
        _, proposal = recognised(MuckRockRecogniser(), replica, start)
    assert proposal is not None
    assert (proposal.parameters, proposal.agency) == (parameters, agency)
    assert '`[token]` with variable = "MUCKROCK_TOKEN"' in proposal.doubts[0]
    MuckRockSpider(Portal("x", proposal.name, "A", "P", proposal.url, proposal.spider, dict(proposal.parameters)))


def test_its_pages_say_what_they_are() -> None:
    with MuckRockReplica() as replica:
        signs, _ = recognised(MuckRockRecogniser(), replica)
        assert recognised(MuckRockRecogniser(), replica, f"https://{SITE}/news/")[1] is None
    assert max(sign.weight for sign in signs) == STRONG


@pytest.mark.parametrize("response", [
    Response("https://x.example/agency/a-1/b-2/", body=b"\xff\xfe\x00"),
    TextResponse("https://x.example/agency/a-1/b-99999999999999999999999999/", body=b'{"results": {"a": 1}}', encoding="utf-8"),
    TextResponse("https://x.example/tags/x/", body=b"<p>We ask by MuckRock</p>", encoding="utf-8"),
])  # fmt: skip
def test_other_pages_are_none(response: Response) -> None:
    assert all(sign.weight < STRONG for sign in MuckRockRecogniser().signs(Seen(response)))
