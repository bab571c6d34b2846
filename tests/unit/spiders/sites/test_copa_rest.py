"""COPA's second witness: what is said of list and REST API where they differ, and what never is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.portal import read_portal
from releases.model import ListingPage, Note, Record, Sighting
from spiders.sites.copa import CopaSpider
from spiders.sites.copa_files import document_kind
from spiders.sites.copa_rest import slug_of
from tests.acceptance.copa_truth import CAPTURES
from tests.portals.offline import Outcome, converse
from tests.replicas.asking import served
from tests.replicas.copa import Case, CopaReplica

PORTALS = Path(__file__).resolve().parents[3] / "portals"


@pytest.fixture
def copa() -> Iterator[CopaReplica]:
    with CopaReplica() as replica:
        yield replica


def read(copa: CopaReplica) -> Outcome:
    portal = read_portal(PORTALS / "lake-harbor-copa" / "portal.toml")
    return converse(CopaSpider(portal), lambda request: served(copa, request))


def words(outcome: Outcome) -> list[str]:
    return [note.words for note in outcome.of(Note)]


def test_two_witnesses_that_agree_say_nothing(copa: CopaReplica) -> None:
    copa.edit("2026-0000703", listed=True)
    outcome = read(copa)
    assert words(outcome) == []
    assert {record.fields["listed"] for record in outcome.of(Record)} == {True}
    # The REST API first: it says when each case was last saved.
    assert outcome.asked[1].startswith("https://www.lakeharbor-copa.example/wp-json/wp/v2/case?per_page=100&page=2")


def test_many_hidden_cases_are_a_cut_list_and_not_read(copa: CopaReplica) -> None:
    copa.state.cases = [Case(f"2026-{n:07}", f"2026-{n:07}", listed=n < 903) for n in range(900, 909)]
    outcome = read(copa)
    assert words(outcome)[0].startswith("the REST API has 6 cases that the list does not show, first 2026-0000903")
    assert "the list may be cut" in words(outcome)[0]
    assert len(outcome.of(Sighting)) == 3


@pytest.mark.parametrize(
    ("hazard", "why"),
    [
        ("rest-off", "status 401 rest_cannot_access"), ("rest-down", "status 503"), ("rest-blocked", "status 403"),
        ("rest-page", "found HTML or XML"), ("rest-endless", "the rows of page 1 again"),
    ],
)  # fmt: skip
def test_a_witness_of_no_use_is_a_note_and_a_cap(copa: CopaReplica, hazard: str, why: str) -> None:
    copa.hazards.add(hazard)
    outcome = read(copa)
    assert outcome.errors == []
    assert why in words(outcome)[0]
    assert [page.capped for page in outcome.of(ListingPage)] == [None, None, 1]
    assert len(outcome.of(Record)) == 3


def test_no_rest_api_is_no_cap(copa: CopaReplica) -> None:
    copa.hazards.add("rest-missing")
    outcome = read(copa)
    assert "(404): rest = false" in words(outcome)[0]
    assert [page.capped for page in outcome.of(ListingPage)] == [None, None]


def test_menus_of_case_pages_give_no_files(copa: CopaReplica) -> None:
    urls = [file.url for record in read(copa).of(Record) for file in record.files]
    assert len(urls) == 5
    assert not [url for url in urls if "Annual" in url]


if CAPTURES.is_dir():

    def test_what_the_real_api_was_seen_to_say() -> None:
        """Two cases as another project's harvester joined them from `/case` and `/media`."""
        cases = json.loads((CAPTURES / "wp_api_derived_sample.json").read_bytes())
        assert [slug_of(case["case_url"]) for case in cases] == [case["case_number"] for case in cases]
        files = [file for case in cases for file in case["doc_files"]]
        assert Counter(document_kind(file["name"]) for file in files) == {
            "final-summary-report": 2, "supplemental-summary-report": 1, "non-concurrence": 1,
            "tactical-response-report": 2, "incident-report": 4,
        }  # fmt: skip
        assert len({file["url"] for file in files}) == 10
