"""Which tables are recognised on a Socrata domain, and what is said of them."""

from __future__ import annotations

import pytest
from scrapy.http import Response, TextResponse

from config.portal import Portal
from spiders.platforms.socrata import SocrataSpider
from spiders.recognition.model import PROOF, Seen
from spiders.recognition.socrata import SocrataRecogniser
from tests.replicas.asking import recognised
from tests.replicas.socrata import OFFICERS, SUMMARY, SocrataReplica


def test_a_table_is_recognised_with_its_key_and_its_size() -> None:
    with SocrataReplica() as replica:
        signs, proposal = recognised(SocrataRecogniser(), replica)
    assert max(sign.weight for sign in signs) == PROOF
    assert proposal is not None
    assert proposal.url == f"https://data.portmerrow.example/d/{SUMMARY}"
    assert (proposal.name, proposal.agency, proposal.records) == (
        "Complaints - Summary",
        "Office of Police Accountability",
        7,
    )
    assert (proposal.parameters, proposal.canaries, proposal.doubts) == ({"key": "log_no"}, ("2031-0000001",), ())
    watched = Portal("x", proposal.name, proposal.agency, "P", proposal.url, proposal.spider, dict(proposal.parameters))
    SocrataSpider(watched)


def test_a_key_that_no_column_proves_is_said_to_be_a_guess() -> None:
    with SocrataReplica() as replica:
        _, proposal = recognised(SocrataRecogniser(), replica, f"https://data.portmerrow.example/d/{OFFICERS}")
    assert proposal is not None
    assert "parameters.key = 'log_no' is a guess" in proposal.doubts[0]


@pytest.mark.parametrize("start", ["https://data.portmerrow.example/", "https://data.portmerrow.example/d/aaaa-bbbb"])
def test_where_there_is_no_table_nothing_is_proposed(start: str) -> None:
    with SocrataReplica() as replica:
        assert recognised(SocrataRecogniser(), replica, start)[1] is None


@pytest.mark.parametrize("response", [
    Response("https://data.portmerrow.example/file", body=b"\xff\xfe\x00"),
    TextResponse("https://late-case.portmerrow.example/wait-list/", body=b"<p>No data</p>", encoding="utf-8"),
    TextResponse("https://x.example/", body=b"", encoding="utf-8"),
])  # fmt: skip
def test_other_pages_are_none(response: Response) -> None:
    assert all(sign.weight < PROOF for sign in SocrataRecogniser().signs(Seen(response)))
