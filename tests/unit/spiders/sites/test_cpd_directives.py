"""The directives spider: oddities of real pages, and every way a page can differ."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from scrapy.http import Response

from config.errors import ConfigError
from config.portal import Portal
from releases.diff.fields import fields_diff
from releases.model import ListingPage, Note, Page, Record, Sighting
from spiders.sites.cpd_directives import CpdDirectivesSpider
from tests.captures import REAL, needs_captures
from tests.portals.offline import Outcome, converse, html
from tests.replicas.cpd_directives import ARRESTS, CONTRACT, FORCE, NOTICE, REPORTS, CpdDirectivesReplica
from tests.replicas.server import Asked

URL = CpdDirectivesReplica.start
CAPTURES = REAL / "cpd-directives"
"""Captures stand beside the repository; machines that were not given them have none."""
CAMERAS = "a7a57b38-151f3872-56415-1f38-89ce6c22d026d090"
USE_OF_FORCE = "a7a57be2-128ff3f0-ae912-8fff-44306f3da7b28a19"


def portal(url: str = URL, **parameters: Any) -> Portal:
    return Portal("x", "X", "A", "P", url, "cpd-directives", parameters)


def answered(replica: CpdDirectivesReplica, spider: CpdDirectivesSpider) -> Outcome:
    """A whole conversation with the replica, without a socket."""

    def answer(request: Any) -> Response:
        path = "/" + request.url.split("/", 3)[3]
        reply = replica.answer(Asked("GET", "https", "directives.lakeharborpd.example", path, {}))
        body, kind = reply.encoded()
        made = Response if kind == "application/pdf" else None
        if made is None:
            return html(request.url, body).replace(status=reply.status)
        return made(request.url, status=reply.status, headers={"Content-Type": kind}, body=body)

    return converse(spider, answer)


def read(*hazards: str, url: str = URL, **parameters: Any) -> Outcome:
    with CpdDirectivesReplica(*hazards) as replica:
        return answered(replica, CpdDirectivesSpider(portal(url, **parameters)))


def test_what_a_page_says() -> None:
    outcome = read()
    records = {record.key: record for record in outcome.of(Record)}
    assert list(records) == [one.guid for one in (FORCE, REPORTS, ARRESTS, NOTICE, CONTRACT)]
    reports = records[REPORTS.guid]
    assert reports.fields["contents"] == ["General Orders", "Field Operations", "Force Guidelines"]
    assert [(file.name, file.url.rsplit("/", 1)[-1]) for file in reports.files] == [("LHPD-11.377", REPORTS.form)]
    assert records[ARRESTS.guid].fields["marked_as_revised"] == ["says within what invented time."]
    assert (records[CONTRACT.guid].kind, records[CONTRACT.guid].fields["number"]) == ("resource", None)
    assert (records[FORCE.guid].title, records[FORCE.guid].aliases) == ("G03-02 Force Guidelines", ("G03-02",))
    assert records[CONTRACT.guid].title == "Invented Agreements"
    assert {record.fields["listed_as"] for record in records.values()} == {None}
    assert records[FORCE.guid].fields["text"] == (
        "I. Purpose\n• A. states fictional policy.\n• B. provides fictional guidelines.\n"
        "ADDENDA:\n1. G03-02-01 - Fictional Reports"
    )


def test_contents_are_searchable() -> None:
    """The contents are a page of their own, so that a title is found without its directive."""
    (contents, *_) = read().of(Page)
    assert "Special Orders > Processing Persons > Notification of Arrests" in str(contents.text).splitlines()
    assert "Appendices" not in str(contents.text)


@pytest.mark.parametrize(
    ("hazard", "what", "sighted"),
    [
        ("twice", f"expected {FORCE.guid} once for '#menuTree a', found twice", 5),
        ("headings", "expected at least 1 directive for '#menuTree a[href]', found headings alone", 0),
        ("labels", "expected the labels ['Issue Date:', 'Effective Date:', 'Rescinds:', 'Index Category:'], each once "
                   "for 'tr.tr2 td', found 'Date of Issue:'", 5),
        ("headless", "expected 1 element for '[name=directive]:has(table.DirectiveTitleTable)', found none", 5),
        ("wordless", "expected the directive's words for '[name=directive]', found a head without a text", 5),
    ],
)  # fmt: skip
def test_a_page_that_differs_is_an_error(hazard: str, what: str, sighted: int) -> None:
    outcome = read(hazard)
    assert what in outcome.errors[0].what
    assert len({one.key for one in outcome.of(Sighting)}) == sighted


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("01 October 2012", "10/01/2012", "a date as %d %B %Y for 'Issue Date', found '10/01/2012'"),
        ("General Order&nbsp;G03-02<", "G03/02<", "a class and a number such as S03-14"),
        ('colspan="2">Force Guidelines', 'colspan="2">', "expected a title for '.CPDTitle', found none"),
        ("Index Category:", "Rescinds:", "each once for 'tr.tr2 td', found 'Rescinds:'"),
    ],
)
def test_a_head_that_differs_is_an_error(old: str, new: str, what: str) -> None:
    with CpdDirectivesReplica() as replica:
        path = f"/directives/data/{FORCE.guid}.html"
        body, _ = replica.answer(Asked("GET", "https", "x", path, {})).encoded()
        contents, _ = replica.answer(Asked("GET", "https", "x", "/directives/data/toc.html", {})).encoded()
    assert old.encode() in body
    changed = body.replace(old.encode(), new.encode())
    pages = {FORCE.guid: changed, "toc": contents}
    outcome = converse(
        CpdDirectivesSpider(portal()),
        lambda request: html(request.url, pages.get(request.url.rsplit("/", 1)[-1].split(".")[0], body)),
    )
    assert what in outcome.errors[0].what


def test_contents_with_another_form_of_link() -> None:
    page = b'<span id="menuTree"><a class="level1" href="/#directive/public/6120">S03-14</a></span>'
    outcome = converse(CpdDirectivesSpider(portal()), lambda request: html(request.url, page))
    assert 'for "a directive\'s address", found /' in outcome.errors[0].what
    page = b'<span id="menuTree"><a class="levels" href="x.html">S03-14</a></span>'
    outcome = converse(CpdDirectivesSpider(portal()), lambda request: html(request.url, page))
    assert "class `level1` to `level9`" in outcome.errors[0].what


def test_numbers() -> None:
    outcome = read(
        url="https://directives.lakeharborpd.example/", ids=["6119-6122"], names={"6122": "S06-14-03 Arrests"}
    )
    assert outcome.errors == []
    assert [(one.key, one.title, one.aliases) for one in outcome.of(Record)] == [
        ("6120", "Directive 6120", ()), ("6122", "S06-14-03 Arrests", ("S06-14-03",)),
    ]  # fmt: skip
    assert [(page.rows, page.last, page.capped) for page in outcome.of(ListingPage)] == [(2, True, 1)]
    (note,) = outcome.of(Note)
    assert note.words == "directives are there up to the highest numbers asked for (6122): raise parameters.ids"
    enough = read(url="https://directives.lakeharborpd.example/", ids=["6119-6132"])
    assert enough.of(Note) == []


@pytest.mark.parametrize(
    ("offered", "title", "aliases"),
    [
        ('inline; filename="S06-14-03_Notification.pdf"', "S06-14-03 Notification", ("S06-14-03",)),
        ("attachment; filename=G03-02.pdf; size=9", "G03-02", ("G03-02",)),
        ('inline; filename="6120.pdf"', "Directive 6120", ()),
        ("inline", "Directive 6120", ()),
    ],
)
def test_the_name_a_server_offers(offered: str, title: str, aliases: tuple[str, ...]) -> None:
    spider = CpdDirectivesSpider(portal("https://directives.lakeharborpd.example/", ids=["6120"]))
    answer = Response(spider.portal.url, headers={"Content-Disposition": offered}, body=b"%PDF-1.4")
    (record,) = converse(spider, lambda _: answer).of(Record)
    assert (record.title, record.aliases) == (title, aliases)


def test_numbers_that_answer_with_a_page_are_an_error_and_end_no_list() -> None:
    outcome = read("shell", url="https://directives.lakeharborpd.example/", ids=["6120-6121"])
    assert "expected a PDF, or 404 for 'the directive', found no media type, 33 bytes" in outcome.errors[0].what
    assert [one.key for one in outcome.of(Sighting)] == ["6120"]
    assert outcome.of(ListingPage) == []


def test_numbers_of_which_none_is_there() -> None:
    outcome = read(url="https://directives.lakeharborpd.example/", ids=["1-3"])
    assert "expected at least 1 PDF for 'the directives (parameters.ids)', found none" in outcome.errors[0].what


@pytest.mark.parametrize(
    ("parameters", "what"),
    [
        ({"ids": ["6120a"]}, "parameters.ids = '6120a': use numbers such as '6120', or ranges such as '6000-6400'"),
        ({"ids": ["9-1"]}, "parameters.ids = '9-1': use numbers"),
        ({"ids": ["1-9999"]}, "at most 5,000 numbers"),
        ({"ids": ["1-4000", "5000-7000"]}, "at most 5,000 numbers"),
        ({"ids": ["1"], "names": {"2": "X"}}, "parameters.names.2 = 'X': `ids` has no such number"),
        ({"also": ["/index.pdf"]}, "say with `ids` which directives there are"),
        ({"id": ["1"]}, "do you mean parameters.ids?"),
    ],
)
def test_parameters_that_mean_nothing(parameters: dict[str, Any], what: str) -> None:
    with pytest.raises(ConfigError, match="parameters") as raised:
        CpdDirectivesSpider(portal(**parameters))
    assert what in str(raised.value)


def kept(guid: str) -> list[tuple[str, Record]]:
    """Day and record of each kept copy of a directive, in order."""
    found = []
    for path in sorted(CAPTURES.glob(f"{guid}@*.html")):
        url = f"http://directives.chicagopolice.org/directives/data/{guid}.html?ownapi=1"
        spider = CpdDirectivesSpider(portal("http://directives.chicagopolice.org/directives/data/toc.html"))
        (record,) = (
            item
            for item in spider.directive(html(url, path.read_bytes()), key=guid, path=[], listed="")
            if isinstance(item, Record)
        )
        found.append((path.stem.rpartition("@")[2], record))
    return found


def changes(guid: str) -> list[tuple[str, list[str]]]:
    """Day of each copy that differs from the one before, and the fields (or `title`) in which it does."""
    copies = kept(guid)
    told = []
    for (_, before), (day, after) in pairwise(copies):
        names = [change.name for change in fields_diff(before.fields, after.fields).changes]
        names += ["title"] if before.title != after.title else []
        if names:
            told.append((day, sorted(names)))
    return told


@needs_captures
def test_the_real_history_of_two_directives() -> None:
    """15 copies. Markup flips between them six times (`target="new"`), and no such flip is a change."""
    assert [len(kept(guid)) for guid in (CAMERAS, USE_OF_FORCE)] == [9, 6]
    assert changes(CAMERAS) == [
        ("2016-05-14",
         ["effective_date", "issue_date", "marked_as_revised", "rescinds", "serial", "signed", "text"]),
        ("2016-07-30", ["rescinds"]),
    ]  # fmt: skip
    assert changes(USE_OF_FORCE) == [("2015-02-21", ["text"])]
    before, after = (record.fields["text"] for _, record in kept(USE_OF_FORCE)[:2])
    assert isinstance(before, str)
    assert isinstance(after, str)
    # The only change of text: a seventh addendum.
    old, new = before.splitlines(), after.splitlines()
    assert {line for line in {*old} ^ {*new} if "G03-02-0" not in line} == set()
    assert [sum("G03-02-0" in line for line in lines) for lines in (old, new)] == [6, 7]
    first = kept(USE_OF_FORCE)[0][1]
    said = {name: first.fields[name] for name in ("number", "class", "issue_date", "effective_date", "rescinds")}
    assert said == {
        "number": "G03-02", "class": "General Order", "issue_date": "2002-09-23", "effective_date": "2002-10-01",
        "rescinds": "G02-08",
    }  # fmt: skip
    assert [len(kept(CAMERAS)[at][1].fields["marked_as_revised"]) for at in (0, -1)] == [1, 54]  # type: ignore[arg-type]
    assert [file.url.rsplit("/", 1)[-1] for file in kept(CAMERAS)[0][1].files] == ["CPD-21.919.pdf", "CPD-11.455.pdf"]


@needs_captures
@pytest.mark.parametrize(("day", "many"), [("2015-02-17", 682), ("2017-12-02", 717)])
def test_real_contents(day: str, many: int) -> None:
    spider = CpdDirectivesSpider(portal("http://directives.chicagopolice.org/directives/data/toc.html"))
    page = html(spider.portal.url, (CAPTURES / f"toc@{day}.html").read_bytes())
    items = list(spider.contents(page))
    assert len({item.key for item in items if isinstance(item, Sighting)}) == many
    (contents,) = (item for item in items if isinstance(item, Page))
    (line,) = (line for line in str(contents.text).splitlines() if "Citizenship Status" in line)
    # The directive on notifying about arrests (S06-14-03) was on the public site on both days.
    assert line.startswith("Special Orders > 06 - ")
    assert line.count(" > ") == 3
