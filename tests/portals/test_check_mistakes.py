"""One mistake in each line of a portal file, and what `portals check` says to the person who made it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.portals.home import replica_home, written
from tests.portals.replica import Replica
from tests.unit.cli.conftest import Verb, verb

__all__ = ["verb"]  # the fixture
HERE = Path(__file__).parent
SLUGS = ("police-board", "closing-reports", "complaints-api", "press-office", "district-council")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with ExitStack() as stack:
        replicas = [stack.enter_context(Replica(HERE / slug / "pages")) for slug in SLUGS]
        yield replica_home(tmp_path_factory.mktemp("mistakes") / "home", replicas)


WRONG_FILE = [
    ("police-board", "row = ", "rows = ", ["parameters.rows", "do you mean parameters.row?"]),
    ("police-board", 'row = "table.cases tbody tr"', 'row = "table >> ["', ["parameters.row", "not a CSS selector"]),
    ("police-board", 'row = "table.cases tbody tr"', 'row = "//tr[@"', ["parameters.row", "not an XPath"]),
    ("police-board", 'row = "table.cases tbody tr"', "", ["parameters.row is missing"]),
    ("police-board", 'key = { pattern = "/cases/([^/]+)/" }', 'key = "no"', ["parameters.key = 'no'", "number, filed, status"]),
    ("police-board", "/cases/([^/]+)/", "/cases/([^/]+/", ["parameters.key.pattern", "not a regular expression"]),
    ("police-board", 'kind = "case"', "kind = 5", ["parameters.kind = 5", "a text in quotes"]),
    ("police-board", 'date = "%m/%d/%Y"', 'datum = "%m/%d/%Y"', ["do you mean parameters.fields.filed.date?"]),
    ("police-board", 'date = "%m/%d/%Y"', 'date = "mm/dd/yyyy"', ["parameters.fields.filed.date", "needs a year"]),
    ("police-board", 'count = "*"', "count = 3", ["parameters.detail.fields.members.count = 3", "'1' or '?'"]),
    ("police-board", "detail.fields.members", "detail.fields.status", ["detail.fields.status", "the row has a field"]),
    ("police-board", 'next = "a[rel=next]"', 'next = "a"\npages = "?p={n}"', ["parameters.pages", "use one of them"]),
    ("police-board", 'next = "a[rel=next]"', 'pages = "?page=2"', ["parameters.pages", "{n}"]),
    ("police-board", "fields.number", "fields.title", ["fields.title", "a key of its own"]),
    ("closing-reports", "column = ", "colum = ", ["do you mean parameters.columns.closed.column?"]),
    ("closing-reports", 'key = "Case Number"', "", ["parameters.key is missing"]),
    ("closing-reports", 'split = ";"', "split = 3", ["parameters.columns.allegations.split = 3"]),
    ("complaints-api", 'by = "offset"', 'by = "ofset"', ["parameters.paging.by = 'ofset'", "'offset'"]),
    ("complaints-api", 'by = "offset"', 'by = "cursor"', ["parameters.paging.path", "meta.next"]),
    ("complaints-api", 'size_parameter = "limit", ', "", ["size and size_parameter go together"]),
    ("press-office", 'sitemap = "/sitemap_index.xml"', "sitemap = 1", ["parameters.sitemap = 1"]),
    ("press-office", 'only = "/2025/', 'only = "(/2025/', ["parameters.only", "not a regular expression"]),
]  # fmt: skip
OTHER_PORTAL = [
    ("police-board", "table.cases tbody tr", "table.case tr", 3, ["at least 1 row", "row (table.case tr): matches nothing"]),
    ("police-board", "table.cases tbody tr", "table.cases", 3, ["does it match the list instead of its rows?"]),
    ("police-board", "table.cases tbody tr", "a", 3, ["8 of 19 matches stand in the site's navigation", "+8 in navigation"]),
    ("police-board", "table.cases tbody tr", "nav a", 3, ["rows outside the site's navigation", "navigation = true"]),
    ("police-board", 'link = ".num a"', 'link = "a"', 3, ["1 element with href", "parameters.link, row 1"]),
    ("police-board", "/cases/([^/]+)/", "/case/([^/]+)/", 3, ["1 key", "none (the link", "key ((the row's link)"]),
    ("police-board", "/cases/([^/]+)/", "/(cases)/", 3, ["'cases' stands for 3 rows that say different things"]),
    ("police-board", "a[rel=next]", "a.next", 3, ["this is 1 of 2", "next (a.next): matches nothing"]),
    ("police-board", 'next = "a[rel=next]"', "", 3, ["the page links to further pages", "the portal says it has 2 pages"]),
    ("police-board", 'next = "a[rel=next]"', 'pages = "?p={n}"', 3, ["page 2 of 2", "404, no such page"]),
    ("police-board", "of (\\\\d+) cases", "cases", 3, ["a number", "parameters.total", "RECORDS IT WOULD TAKE: 3"]),
    ("police-board", 'number = ".num"', 'number = ".nmu"', 3, ["fields.number (.nmu): matches nothing", "5 records sighted"]),
    ("police-board", '"td:nth-child(3)"', '"td"', 3, ["parameters.fields.status, row 1", "4: '25 PB 0101'"]),
    ("police-board", '"%m/%d/%Y"', '"%d/%m/%Y"', 3, ["a date as %d/%m/%Y", "'01/14/2025'"]),
    ("police-board", ', date = "%m/%d/%Y"', "", 0, ['filed looks like a date (01/14/2025): date = "%m/%d/%Y']),
    ("police-board", 'text = ".summary"', 'text = ".sumary"', 3, ["parameters.detail.text", "detail.text (.sumary): matches nothing"]),
    ("police-board", 'empty_words = "No cases match"', "", 0, ["does not say how the list looks without records"]),
    ("closing-reports", 'key = "Case Number"', 'key = "Case No"', 3, ["a column 'Case No'", "is it 'Case Number' now?"]),
    ("closing-reports", 'disposition = "Disposition"', 'disposition = "Outcome"', 3, ["a column 'Outcome'", "6 columns: Case Number"]),
    ("closing-reports", '= "Letter"', '= "Allegation"', 3, ["an address", "'Force; discourtesy'"]),
    ("closing-reports", "reports.csv", "report.csv", 3, ["answered 404"]),
    ("complaints-api", "data.complaints", "data", 3, ["a list of rows", "lists are at: data.complaints"]),
    ("complaints-api", "meta.total", "meta.totl", 3, ["parameters.paging.total", "a number", "nothing"]),
    ("complaints-api", "status.name", "state.name", 3, ["a column 'state.name'", "status"]),
    ("press-office", "/2025/|/policies/", "/2099/", 3, ["at least 1 address that matches"]),
    ("press-office", "/sitemap_index.xml", "/", 3, ["<urlset> or <sitemapindex>"]),
    ("press-office", 'feed = "/feed/"', 'feed = "/policies/"', 3, ["RSS, Atom or JSON Feed"]),
    ("district-council", "Notices and agendas", "Notices", 3, ["at least 1 row", "following-sibling"]),
]  # fmt: skip


def edited(slug: str, old: str, new: str) -> str:
    toml = (HERE / slug / "portal.toml").read_text("utf-8")
    assert old in toml, old
    return toml.replace(old, new)


@pytest.mark.parametrize(("slug", "old", "new", "words"), WRONG_FILE)
def test_a_portal_file_that_cannot_be_meant(
    verb: Verb, home: Path, tmp_path: Path, slug: str, old: str, new: str, words: list[str]
) -> None:
    file = written(tmp_path / f"{slug}.toml", edited(slug, old, new))
    said = verb("portals", "check", file, "--home", home)
    assert said.code == 2
    assert said.out == ""
    for word in [*words, str(file)]:
        assert word in said.err, word
    assert "Traceback" not in said.err


@pytest.mark.parametrize(("slug", "old", "new", "code", "words"), OTHER_PORTAL)
def test_a_portal_file_that_fits_another_portal(
    verb: Verb, home: Path, tmp_path: Path, slug: str, old: str, new: str, code: int, words: list[str]
) -> None:
    file = written(tmp_path / f"{slug}.toml", edited(slug, old, new))
    said = verb("portals", "check", file, "--home", home)
    assert said.code == code, said
    told = " ".join(said.out.split())
    for word in words:
        assert word in told, (word, said.out)


def test_the_check_of_a_right_file_tells_no_doubt(verb: Verb, home: Path, tmp_path: Path) -> None:
    for slug in ("police-board", "closing-reports"):
        file = written(tmp_path / f"{slug}.toml", (HERE / slug / "portal.toml").read_text("utf-8"))
        said = verb("portals", "check", file, "--home", home)
        assert said.code == 0
        assert "LOOKS WRONG" not in said.out
        assert "SELECTORS" in said.out


class Unsteady(dict[str, bytes]):
    """Pages in which TOKEN is another number each time they are asked for."""

    def get(self, url: str, default: bytes | None = None) -> bytes | None:  # type: ignore[override]  # narrower is enough
        self.asked = getattr(self, "asked", 0) + 1
        body = super().get(url)
        return default if body is None else body.replace(b"TOKEN", str(self.asked).encode())


@pytest.mark.parametrize(
    ("parameters", "doubt"),
    [
        ("", "all 3 keys were others when the list was asked for again"),
        ('key = { pattern = "/([^/]+)[.]pdf" }', "3 records have files at other addresses when asked for again"),
        ('identity = { ignore_parameters = ["sig"] }', ""),
        ('identity = { ignore_parameters = ["*"] }', ""),
    ],
)
def test_keys_and_links_that_differ_each_time(verb: Verb, tmp_path: Path, parameters: str, doubt: str) -> None:
    with Replica(HERE / "district-council" / "pages") as replica:
        replica.pages = Unsteady(
            {url: re.sub(rb"\.pdf(\?[^\"]*)?", b".pdf?sig=TOKEN", body) for url, body in replica.pages.items()}
        )
        home = replica_home(tmp_path / "home", [replica])
        toml = (HERE / "district-council" / "portal.toml").read_text("utf-8")
        file = written(tmp_path / "district-council.toml", f"{toml}{parameters}\n")
        said = verb("portals", "check", file, "--home", home)
    told = " ".join(said.out.split())
    assert said.code == 0
    assert doubt in told
    assert ("LOOKS WRONG" in told) == bool(doubt)
