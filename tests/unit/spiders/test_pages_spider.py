from __future__ import annotations

from typing import Any

import pytest
from scrapy.http import Response

from config.errors import ConfigError
from config.portal import Portal
from releases.model import ListingPage, Page, Record, Sighting
from spiders.portal_spider import PortalSpider
from spiders.registry import SPIDERS, spider_class
from tests.portals.offline import crawl, html

URL = "https://example.org/releases/"
NEEDED: dict[str, dict[str, Any]] = {
    "documentcloud": {"project": 7},
    "elms": {"search": ["police"]},
    "listing": {"row": "li"},
    "muckrock": {"agency": 7},
    "socrata": {"key": "id", "dataset": "abcd-1234"},
    "table": {"key": "id"},
}
ADDRESSES = {
    "civicplus": "https://example.org/AgendaCenter",
    "govqa": "https://example.org/WEBAPP/_rs/OpenRecordsSummary.aspx",
}
ELSEWHERE = {"elms": {"api.chicityclerkelms.chicago.gov"}, "legistar": {"webapi.legistar.com"}}
"""Hosts of a platform's own that its spider asks."""
WORDS = "<p>The city has posted this statement, and it is long enough to be the main text of a page.</p>"


def portal(spider: str = "pages", **parameters: Any) -> Portal:
    return Portal(
        slug="x",
        name="X",
        agency="A",
        place="P",
        url=ADDRESSES.get(spider, URL),
        spider=spider,
        parameters=parameters,
        scope=("b.example",),
    )


def spider(**parameters: Any) -> PortalSpider:
    return spider_class("pages")(portal(**parameters))


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"folow": "a"}, "parameters.folow"),
        ({"follow": 3}, "parameters.follow"),
        ({"follow": ["main a", ""]}, "parameters.follow"),
        ({"follow": "main >> a["}, "parameters.follow"),
        ({"files": ["::"]}, "parameters.files"),
        ({"urls": {"a": 1}}, "parameters.urls"),
    ],
)
def test_a_wrong_parameter_is_named(parameters: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError) as caught:
        spider(**parameters)
    assert named in str(caught.value)
    assert "portal x" in str(caught.value)


@pytest.mark.parametrize("name", sorted(SPIDERS))
def test_every_spider_is_found_and_says_its_version(name: str) -> None:
    found = spider_class(name)
    assert found.extractor.split()[0] == name
    assert found.extractor.split()[1].isdigit()
    made = found(portal(name, **NEEDED.get(name, {})))
    assert set(made.allowed_domains) == {"b.example", "example.org"} | ELSEWHERE.get(name, set())
    assert list(made.first())


def test_an_unknown_spider_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=", ".join(sorted(SPIDERS))):
        spider_class("kopa")


def test_a_page_without_words_is_no_page() -> None:
    outcome = crawl(
        spider(), lambda url: html(url, "<html><body><div id=app></div><script>go()</script></body></html>")
    )
    assert outcome.of(Record) == []
    assert [sighting.key for sighting in outcome.of(Sighting)] == ["/releases/"]
    assert "made by a script" in outcome.errors[0].found


def test_follow_takes_pages_and_documents_along_but_not_their_links() -> None:
    start = f"<main>{WORDS}<a href=one>1</a> <a href=two.pdf>2</a> <a href=https://b.example/three?x=1>3</a></main>"
    other = f"<main>{WORDS}<a href=four>4</a></main>"
    outcome = crawl(spider(follow="main a"), lambda url: html(url, start if url == URL else other))
    assert outcome.errors == []
    keys = ["/releases/", "/releases/one", "b.example/three?x=1"]
    assert [record.key for record in outcome.of(Record)] == keys
    assert {sighting.key for sighting in outcome.of(Sighting)} == set(keys)
    assert [file.url for file in outcome.of(Record)[0].files] == ["https://example.org/releases/two.pdf"]
    assert [page.rows for page in outcome.of(ListingPage)] == [3]
    assert len(outcome.of(Page)) == 3


def test_follow_that_finds_nothing_is_an_error_once_all_pages_are_read() -> None:
    outcome = crawl(spider(urls="/b", follow=["main a.x"]), lambda url: html(url, f"<main>{WORDS}</main>"))
    assert len(outcome.of(Record)) == 2
    assert [error.selector for error in outcome.errors] == ["main a.x"]


def test_files_says_which_links_are_documents() -> None:
    text = f"<main>{WORDS}<a class=d href=/get?id=7>Report</a> <a href=/x.pdf>x</a></main>"
    outcome = crawl(spider(files="a.d"), lambda url: html(url, text))
    assert [(file.url, file.name) for file in outcome.of(Record)[0].files] == [
        ("https://example.org/get?id=7", "Report")
    ]


def test_a_watched_address_that_answers_with_a_document() -> None:
    outcome = crawl(spider(), lambda url: Response(url, body=b"%PDF-1.4"))
    assert outcome.errors == []
    assert [file.url for file in outcome.of(Record)[0].files] == [URL]
    assert outcome.of(ListingPage)[0].last


def test_menus_are_no_news() -> None:
    first = crawl(spider(), lambda url: html(url, f"<nav><a href=/a>a</a></nav><main>{WORDS}</main>")).of(Record)[0]
    other = crawl(spider(), lambda url: html(url, f"<nav><a href=/b>b</a></nav><main>{WORDS}</main>")).of(Record)[0]
    assert first.fields == other.fields
    assert first.raw != other.raw


ENTRIES = [f"Case 2031-{number:03}" for number in range(1, 13)]
LINKED = "".join(f"<li><a href=/cases/{name[-3:]}>{name}</a></li>" for name in ENTRIES)
CELLS = "".join(f"<tr><td>{name}</td><td>Closed</td><td><a href=/r{name[-3:]}>Report</a></td></tr>" for name in ENTRIES)
BOXES = "".join(f"<div class=accordion-item><div class='panel collapsed'>{name}</div></div>" for name in ENTRIES)
FILES = "".join(f"<a href=/files/{name[-3:]}/>{name}</a>  12-Mar-2031 10:00\n" for name in ENTRIES)
MENU = "<header><nav><ul><li><a href=/>Home</a></li></ul></nav></header>"


@pytest.mark.parametrize(
    "body",
    [
        f"<h1>Cases</h1><ul>{LINKED}</ul>",
        f"<main><h1>Cases</h1><ul>{LINKED}</ul></main>",
        f"<main><h1>Cases</h1><ol>{LINKED}</ol></main>",
        f"<main><h1>Cases</h1>{WORDS * 20}<ul>{LINKED}</ul></main>",
        f"<main><article><header><h1>Cases</h1><ul>{LINKED}</ul></header>{WORDS * 20}</article></main>",
        f"<main><div><header><ul>{LINKED}</ul></header></div>{WORDS * 20}</main>",
        f"<main><h1>Cases</h1><ul class=menu>{LINKED}</ul></main>",
        f"<main><h1>Cases</h1><div aria-hidden=true><ul>{LINKED}</ul></div></main>",
        f"<main><h1>Cases</h1>{BOXES}</main>",
        f"<h1>Cases</h1><table>{CELLS}</table>",
        f"<main><h1>Cases</h1><table class=hidden>{CELLS}</table></main>",
        f"<h1>Index of /files</h1><pre>{FILES}</pre>",
    ],
)
def test_every_entry_of_a_list_is_part_of_the_page(body: str) -> None:
    """A new entry of a page that is mainly a list is the very thing it is watched for."""

    def read(markup: str) -> Record:
        outcome = crawl(
            spider(), lambda url: html(url, f"<html><body>{MENU}{markup}<footer>2031</footer></body></html>")
        )
        assert outcome.errors == []
        return outcome.of(Record)[0]

    before = read(body)
    text = str(before.fields["text"])
    assert [name for name in ENTRIES if name not in text] == []
    assert "Home" not in text
    after = read(body.replace("Case 2031-007", "Case 2031-907"))
    assert "Case 2031-907" in str(after.fields["text"])
    assert "Case 2031-907" in after.text


def test_a_page_of_nothing_but_menus_is_read() -> None:
    page = crawl(spider(), lambda url: html(url, f"<body><nav><ul>{LINKED}</ul></nav></body>")).of(Record)[0]
    assert page.text.splitlines() == ENTRIES
