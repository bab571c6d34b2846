"""Legistar's Web API as it answers, and as it should not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import scrapy
from scrapy.http import TextResponse

from config.errors import ConfigError
from config.portal import Portal
from releases.model import EmptyMarker, ListingPage, Record, Sighting
from spiders.platforms.legistar import LegistarSpider
from spiders.recognition.legistar import LegistarRecogniser
from spiders.recognition.model import Seen
from tests.portals.offline import Outcome
from tests.replicas.asking import crawled, served
from tests.replicas.legistar import LegistarReplica

SITE = "https://lakeharbor.legistar.com"


def portal(**parameters: Any) -> Portal:
    return Portal("c", "C", "A", "P", f"{SITE}/Legislation.aspx", "legistar", parameters)


def read(replica: LegistarReplica, **parameters: Any) -> Outcome:
    return crawled(replica, LegistarSpider(portal(**parameters)))


def test_everything_is_listed_once_and_the_list_ends() -> None:
    with LegistarReplica() as replica:
        outcome = read(replica, page_size=2)
    assert outcome.errors == []
    assert sorted(record.key for record in outcome.of(Record)) == [
        "event-501",
        "event-502",
        "matter-101",
        "matter-102",
        "matter-103",
    ]
    assert [(page.listing, page.number, page.rows, page.last) for page in outcome.of(ListingPage) if page.listing == "matters"] == [
        ("matters", 1, 2, False), ("matters", 2, 1, True),
    ]  # fmt: skip
    assert {sighting.key for sighting in outcome.of(Sighting)} == {record.key for record in outcome.of(Record)}


def test_what_the_web_pages_hide_is_no_file_and_an_action_entered_twice_is_one() -> None:
    with LegistarReplica() as replica:
        outcome = read(replica, lists=["matters"], words=["settlement"])
    (record,) = outcome.of(Record)
    assert [file.name for file in record.files] == ["Agreement"]
    assert record.fields["actions"] == [
        {"date": "2026-03-03", "action": "Introduced", "body": "Police Commission"},
        {"date": "2026-03-17", "action": "Passed", "body": "City Council", "result": "Pass"},
    ]


@pytest.mark.parametrize(
    ("hazard", "said"), [("xml", "expected JSON"), ("endless", "rows of page 1"), ("unordered", "at most 1 rows")]
)
def test_an_api_that_does_not_keep_its_word_is_an_error(hazard: str, said: str) -> None:
    with LegistarReplica(hazard) as replica:
        outcome = read(replica, page_size=1, lists=["matters"], bodies=["Police Commission"])
    assert said in str(outcome.errors[0])


def test_an_empty_list_says_so() -> None:
    with LegistarReplica() as replica:
        outcome = read(replica, lists=["matters"], bodies=["Board of O'Hara"])
    assert outcome.of(EmptyMarker)[0].words == "[]: the API lists nothing"
    assert outcome.errors == []


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("MatterIntroDate", "03/03/2026", "a date as"),
        ("MatterId", "A7", "a whole number"),
        ("MatterTitle", ["x"], "a text"),
    ],
)
def test_a_field_in_another_form_names_itself(name: str, value: Any, expected: str) -> None:
    with LegistarReplica() as replica:
        replica.matters[0][name] = value
        outcome = read(replica, lists=["matters"])
    assert expected in outcome.errors[0].expected
    assert outcome.errors[0].url.startswith("https://webapi.legistar.com/v1/lakeharbor/")


def test_a_matter_is_asked_for_at_the_api_and_a_meeting_at_its_page() -> None:
    own = LegistarSpider.own_page
    asked = own(portal(), f"{SITE}/gateway.aspx?m=l&id=/matter.aspx?key=101")
    assert asked == "https://webapi.legistar.com/v1/lakeharbor/matters/101"
    assert own(portal(), f"{SITE}/MeetingDetail.aspx?LEGID=501") == f"{SITE}/MeetingDetail.aspx?LEGID=501"


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"page_size": 1001}, "use 1 to 1000"),
        ({"since": "yesterday"}, "2024-01-01"),
        ({"body": "x"}, "do you mean parameters.bodies"),
    ],
)
def test_a_wrong_parameter_says_what_is_allowed(parameters: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        LegistarSpider(portal(**parameters))


def test_it_is_recognised_by_its_pages_and_its_api_never_by_its_name() -> None:
    recogniser = LegistarRecogniser()
    with LegistarReplica() as replica:
        seen = Seen(served(replica, scrapy.Request(replica.start)))
        answers = {
            question.name: Seen(served(replica, scrapy.Request(question.url, headers=dict(question.headers))))
            for question in recogniser.questions(seen)
        }
    assert sum(sign.weight for sign in recogniser.signs(seen)) >= 6
    proposal = recogniser.propose(seen, answers)
    assert proposal is not None
    assert proposal.parameters == {"bodies": ["Police Commission"]}
    assert "Lake Harbor (FICTIONAL)" in proposal.name
    assert recogniser.propose(seen, {}) is None
    other = Seen(TextResponse(f"{SITE}/", body=b"<h1>Parked domain</h1>"))
    assert [sign.weight for sign in recogniser.signs(other)] == [1]
    assert (
        recogniser.propose(
            other, {"bodies": Seen(TextResponse(SITE, status=500, body=msgspec.json.encode({"Message": "x"})))}
        )
        is None
    )
