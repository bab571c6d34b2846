"""A portal file from a proposal: what is known is said, what is guessed says from what, what is not known says so."""

from __future__ import annotations

import tomllib

import msgspec
import pytest

from config.portal import Deadline, Portal
from config.portal_text import portal_text
from spiders.agencies import Agency
from spiders.recognition.draft import UNKNOWN, Said, drafted, least_records
from spiders.recognition.model import Proposal

HARBOR = Agency("Lake Harbor Police, records requests", "Lake Harbor, Illinois", "nextrequest", "https://lakeharbor.nextrequest.com/", "C", "a fictional row", "2026")  # fmt: skip


NOTHING = Said()


def draft(
    proposal: Proposal, said: Said = NOTHING, known: Agency | None = None, taken: frozenset[str] = frozenset()
) -> Portal:
    return drafted(proposal, said, known, taken).portal


def test_the_operator_comes_first_then_the_site_then_the_catalogue() -> None:
    there = Proposal(
        "nextrequest", "https://lakeharbor.nextrequest.com/requests", name="Lake Harbor Requests", agency="LHPD"
    )
    portal = draft(there, known=HARBOR)
    assert (portal.slug, portal.agency, portal.place, portal.timezone) == (
        "lakeharbor-nextrequest", "LHPD", "Lake Harbor, Illinois", "America/Chicago",
    )  # fmt: skip
    assert draft(there, Said(agency="Mine", place="Here"), HARBOR).agency == "Mine"
    unknown = drafted(there, Said(), None, frozenset())
    assert (unknown.portal.place, unknown.portal.timezone) == (UNKNOWN, "UTC")
    assert "please say it" in unknown.notes["place"]


@pytest.mark.parametrize(
    ("place", "zone"),
    [("Oakland, California", "America/Los_Angeles"), ("Arizona", "America/Phoenix"), ("Pensacola, Florida", "UTC"), ("Paris", "UTC")],
)  # fmt: skip
def test_a_state_with_one_time_says_which(place: str, zone: str) -> None:
    assert draft(Proposal("pages", "https://x.example/"), Said(place=place)).timezone == zone


@pytest.mark.parametrize(
    ("proposal", "slug"),
    [
        (Proposal("listing", "https://www.board.example.gov/reports/index.html"), "board-example-index"),
        (Proposal("table", "https://data.city.example/x/closed-cases.csv"), "city-closed-cases"),
        (Proposal("pages", "https://www.example.org/", name="Résumé of Findings"), "example-resume-of-findings"),
        (Proposal("documentcloud", "https://www.documentcloud.org/projects/x-1/", name="Cedar Files"), "cedar-files"),
        (Proposal("govqa", "https://harborpd.govqa.us/WEBAPP/_rs/"), "harborpd-govqa"),
        (Proposal("pages", "https://例え.example/", name="例え"), "portal"),
    ],
)
def test_slugs(proposal: Proposal, slug: str) -> None:
    assert draft(proposal).slug.startswith(slug) or draft(proposal).slug == slug
    again = draft(proposal, taken=frozenset({draft(proposal).slug}))
    assert again.slug == f"{draft(proposal).slug}-2"


def test_requests_get_the_law_of_their_state_and_nothing_else_does() -> None:
    requests = Proposal("nextrequest", "https://x.nextrequest.com/")
    made = drafted(requests, Said(place="Oakland, California"), None, frozenset())
    assert made.portal.laws == ("us-ca",)
    assert "California" in made.notes["laws"]
    assert draft(requests, Said(place="Ontario, Canada")).laws == ()
    assert draft(Proposal("wordpress", "https://x.example/"), Said(place="Oakland, California")).laws == ()


def test_what_is_listed_is_what_is_expected() -> None:
    assert least_records(0, whole=True) == (1, "")
    assert least_records(1, whole=True) == (1, "")
    assert least_records(9, whole=True) == (4, "half of the 9 that are listed today")
    assert "when the look ended" in least_records(25, whole=False)[1]
    large = drafted(Proposal("nextrequest", "https://x.nextrequest.com/", records=482_838), Said(), None, frozenset())
    assert large.portal.limits.records == 1_000_000
    assert "482,838" in large.notes["limits.records"]


def test_the_text_gives_the_same_portal_whatever_is_in_it() -> None:
    rule = Deadline("Answer", "received", 10, basis="a law", kinds=("request",))
    portal = Portal(
        "a-b", 'Quote " and \\ back', "Tab\tand \x1b[31m", "Ort, Österreich 🙂", "https://x.example/?a='b'", "listing",
        parameters={
            "row": "p[style='x']", "title": {"pattern": r"^\d{1,2} '(.*)'$"}, "detail": {}, "first page": 3,
            "fields": {"a b": "td", "date": {"select": ".", "date": ["%Y-%m-%d"]}, "long": {"select": "x" * 120, "count": "?"}},
        },
        deadlines=(rule, rule), scope=("a.example",), browser=True, media=False, allow_private_network=("x.example",),
    )  # fmt: skip
    text = portal_text(portal, ["one\nline = 'no'", ""], {"media": "why\x00", "parameters": "what it reads"})
    assert msgspec.convert(tomllib.loads(text), Portal) == portal
    assert text.startswith("# one line = 'no'\n")
    assert "# what it reads\n[parameters]" in text
