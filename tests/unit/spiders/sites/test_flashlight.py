"""Flashlight: what is read from labels, and every way in which reality may differ from what its text lets expect."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scrapy.http import HtmlResponse

from config.portal import read_portal
from releases.model import EmptyMarker, ListingPage, Note, Page, Record, Sighting
from spiders.errors import PageError
from spiders.labels import blocks, labelled
from spiders.page import parse
from spiders.sites.flashlight import FlashlightSpider
from tests.captures import REAL, needs_captures
from tests.portals.offline import Outcome, converse
from tests.replicas.asking import served
from tests.replicas.flashlight import FlashlightReplica

HERE = Path(__file__).resolve().parents[3] / "portals" / "flashlight"
CAPTURE = REAL / "page-text-excerpts" / "flashlight.acluct.org_home@~2022.txt"
GUILD = "contract/anyville/town-of-anyville/anyville-police-guild-local-0"


@pytest.fixture
def replica() -> Iterator[FlashlightReplica]:
    with FlashlightReplica() as served_one:
        yield served_one


def spider() -> FlashlightSpider:
    return FlashlightSpider(read_portal(HERE / "portal.toml"))


def read(replica: FlashlightReplica, *hazards: str) -> Outcome:
    replica.hazards |= set(hazards)
    return converse(spider(), lambda request: served(replica, request))


def records(outcome: Outcome) -> dict[str, Record]:
    return {record.key: record for record in outcome.of(Record)}


def said(outcome: Outcome) -> str:
    (error,) = {error.what: error for error in outcome.errors}.values()
    return error.what


def test_menu_links_and_one_page_give_the_same_contracts(replica):
    by_menu = records(read(replica))
    by_links = records(read(replica, "links"))
    replica.hazards.clear()
    on_one_page = records(read(replica, "one-page"))
    contracts = {key for key in by_menu if key.startswith("contract/")}
    assert len(contracts) == 3
    assert {key: (by_links[key].fields, by_links[key].files) for key in contracts} == {
        key: (by_menu[key].fields, by_menu[key].files) for key in contracts
    }
    shown = [key for key in on_one_page if key.startswith("contract/")]
    assert len(shown) == 3
    assert {on_one_page[key].fields["bargaining_unit"] for key in shown} == {
        by_menu[key].fields["bargaining_unit"] for key in contracts
    }


def test_a_contract_keeps_its_key_whatever_its_term_and_pdf(replica):
    before = records(read(replica))[GUILD]
    replica.contracts[0].term, replica.contracts[0].pdf = "7/1/2035 to 6/30/2039", "final FINAL (2).pdf"
    after = records(read(replica))[GUILD]
    assert (before.fields["term_end"], after.fields["term_start"], after.fields["term_end"]) == (
        "2035-06-30",
        "2035-07-01",
        "2039-06-30",
    )
    assert [file.name for file in before.files] == ["anyville-2031.pdf", "Side Letter on Body Cameras"]
    assert [(file.name, file.kind) for file in after.files] == [
        ("final FINAL (2).pdf", "contract"),
        ("Side Letter on Body Cameras", "letter"),
    ]


def test_best_practices_are_kept_as_printed(replica):
    replica.contracts[0].practices = {"Pensions": "<img alt='Yes' src='/tick.svg'>", "Drug Testing": "“At random.”"}
    fields = records(read(replica))[GUILD].fields
    assert {name: value for name, value in fields.items() if name.startswith("practice_")} == {
        "practice_pensions": "Yes", "practice_drug_testing": "“At random.”",
    }  # fmt: skip


def test_best_practices_without_a_heading_are_known_by_their_topics(replica):
    outcome = page_of(replica, "?town=12", ("<caption>Best practices</caption>", ""))
    fields = records(outcome)["contract/lake-harbor/town-of-lake-harbor/lake-harbor-officers-union"].fields
    assert {name for name in fields if name.startswith("practice_")} == {
        "practice_resident_complaints", "practice_disciplinary_action", "practice_pensions",
    }  # fmt: skip


def test_who_polices_a_town_and_who_oversees_them(replica):
    found = records(read(replica))
    assert found["town/northfield"].fields == {
        "town": "Northfield",
        "policed_by": "Relies on State Police",
        "has_commission": "no",
    }
    assert "commission/northfield" not in found
    board = found["commission/lake-harbor"].fields
    assert (board["chosen"], board["number_of_commissioners"]) == ("elected", 2)
    assert board["members"] == [
        {"name": "Max Mustermann", "tenure": "2029–2033", "chosen": "Elected"},
        {"name": "Erika Musterfrau", "tenure": "2031–2035", "chosen": "Elected"},
    ]


def test_sections_to_come_say_so_and_have_entries_when_they_come(replica):
    outcome = read(replica)
    assert [marker.words for marker in outcome.of(EmptyMarker)] == ["As data comes in", "When complete"]
    assert not outcome.errors
    found = records(read(replica, "sections"))
    assert found["force/av-31-0007"].fields["date"] == "2031-03-04"
    assert (found["suit/3-31-cv-00012"].kind, found["suit/3-31-cv-00012"].fields["settlement_dollars"]) == (
        "lawsuit",
        125_000,
    )


def test_every_section_is_kept_as_a_page_and_says_how_many_towns_it_lists(replica):
    outcome = read(replica)
    assert [page.title for page in outcome.of(Page)] == [
        "Contracts",
        "Police Commissions",
        "Use of Force",
        "Suits and Settlements",
    ]
    assert {(page.listing, page.rows, page.total) for page in outcome.of(ListingPage)} == {
        ("contracts", 3, 3), ("police commissions", 3, 3), ("use of force", 0, None), ("suits and settlements", 0, None),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("hazard", "words"),
    [
        ("script-menu", "'11'"),
        ("template", "'how are the commissioners selected', 'number of commissioners', 'police department', 'range of authority'"),
        ("no-box", "expected topics with their answers for 'the box of best practices', found none; labels: ['bargaining unit'"),
        ("other-dates", "found 'July 1 in the year 2031'"),
    ],
)  # fmt: skip
def test_what_is_otherwise_is_an_error_that_says_what_was_found(replica, hazard, words):
    outcome = read(replica, hazard)
    assert outcome.errors
    assert any(words in error.what for error in outcome.errors), outcome.errors
    if hazard in {"no-box", "other-dates"}:
        assert GUILD in {sighting.key for sighting in outcome.of(Sighting)}


def page_of(replica: FlashlightReplica, address: str, *changes: tuple[str, str]) -> Outcome:
    """A crawl in which one page says something else."""

    def answer(request: Any) -> Any:
        response = served(replica, request)
        if request.url.endswith(address):
            text = response.text
            for old, new in changes:
                assert old in text
                text = text.replace(old, new)
            return HtmlResponse(request.url, body=text.encode(), encoding="utf-8")
        return response

    return converse(spider(), answer)


@pytest.mark.parametrize(
    ("address", "change", "words"),
    [
        ("org/", ("<li><a href='/contracts'>Contracts</a></li>", ""), "links to contracts"),
        ("/contracts", ("</main>", "<a rel='next' href='?page=2'>more</a></main>"), "a link to a next one"),
        ("?town=12", ("<dt>Employer</dt>", "<dt>Hired by</dt>"), "an entry for Lake Harbor, with its labels"),
        ("?town=12", ("<dt>Bargaining Unit</dt>", "<dt>Bargainers</dt>"), "'bargaining unit' or 'union' or 'unit'"),
        ("?town=12", ("January 1, 2030 – ", "2030, "), "two dates with `–`, `to` or `through` between"),
        ("?town=12", ("lake-harbor.pdf", "lake-harbor"), "the contract"),
        ("?town=12", ("</table></article>", "</table><h3>Key terms</h3></article>"), "['Best practices', 'Key terms']"),
        ("?town=12", ("<td>Yes</td>", "<td></td>"), "best practice 'pensions'"),
        ("?town=12", ("<dt>Term</dt>", "<dt>Employer</dt><dd>Somebody else</dd><dt>Term</dt>"), "'employer'"),
        ("/lake-harbor", ("<div>Police Department:</div>", "<div>Force:</div>"), "'police department' or 'policed by'"),
        ("/lake-harbor", ("<div>2</div>", "<div>two</div>"), "'two'"),
        ("/lake-harbor", ("<th>Tenure</th>", "<th>Party</th>"), "Party"),
        ("/northfield", ("<div>Municipality:</div>", "<div>Place:</div>"), "'municipality'"),
        ("/use-of-force", ("As data comes in", "We are thinking"), "a menu of towns, or entries"),
    ],
)  # fmt: skip
def test_changed_pages(replica, address, change, words):
    outcome = page_of(replica, address, change)
    assert all(isinstance(error, PageError) for error in outcome.errors)
    assert any(words in str(error) for error in outcome.errors), outcome.errors


@pytest.mark.parametrize(
    "change", [(">Police Commissions<", "><"), ("href='/police-commissions'", "href='/police-commissions/'")]
)
def test_a_section_is_known_by_its_address_or_by_its_words(replica, change):
    assert "commission/anyville" in records(page_of(replica, "org/", change))


def test_a_section_that_is_linked_by_its_words_alone_is_asked_for(replica):
    outcome = page_of(replica, "org/", ("href='/police-commissions'", "href='/map'"))
    assert "https://flashlight.example.org/map" in outcome.asked


def test_a_commission_that_names_fewer_than_it_counts_is_noted(replica):
    outcome = page_of(replica, "/lake-harbor", ("<div>2</div>", "<div>5</div>"))
    assert [note.words for note in outcome.of(Note)] == ["Lake Harbor: the page says 5 commissioners and names 2"]


@pytest.mark.parametrize(
    "markup",
    [
        "<dl><dt>Employer:</dt><dd>Town</dd></dl>",
        "<dl><div><dt>Employer</dt><dd>Town</dd></div></dl>",
        "<table><tr><th>Employer</th><td>Town</td></tr></table>",
        "<p><strong>Employer:</strong> Town <b>Unit:</b> Guild</p>",
        "<div><div>Employer:</div><div>Town</div></div>",
        "<h4>Employer?</h4><p>Town</p>",
    ],
)
def test_labels_in_every_way_that_pages_set_them(markup):
    found = {one.label: one.value for one in labelled(parse("https://p.example/", f"<main>{markup}</main>"))}
    assert found["employer"] == "Town"


def test_blocks_are_as_large_as_they_can_be_and_have_one_anchor_each():
    entry = "<div class='x'><div><dl><dt>Employer</dt><dd>{0}</dd></dl></div><p>about {0}</p></div>"
    page = parse("https://p.example/", f"<main><div>{entry.format('A')}{entry.format('B')}</div></main>")
    assert [block.text for block in blocks(page, ("employer",))] == ["Employer A about A", "Employer B about B"]


def test_a_hostile_page_of_labels_is_an_error():
    page = parse("https://p.example/", "<dl>" + "<dt>Employer</dt><dd>x</dd>" * 30_000 + "</dl>")
    with pytest.raises(PageError, match=r"at most 20,000"):
        blocks(page, ("employer",))


@needs_captures
def test_the_real_home_text_names_the_four_sections_and_that_two_are_to_come():
    text = CAPTURE.read_text("utf-8")
    for section in (
        "contracts section",
        "police commissions section",
        "use of force section",
        "suits and settlements section",
    ):
        assert section in text
    assert text.count("When complete") == 2
