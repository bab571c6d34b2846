"""The Police Board's decisions and the district councils through whole crawls of the real command."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.portal import read_portal
from tests.portals.replica import Replica
from tests.portals.test_crawl_without_code import Watched
from tests.unit.cli.conftest import Verb, verb

__all__ = ["verb"]  # the fixture
HERE = Path(__file__).parent
SHIPPED = HERE.parents[1] / "spiders" / "portals"


@pytest.fixture
def watch(verb: Verb, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Watched]:
    slug = request.param
    with Replica(HERE / slug / "pages") as replica:
        yield Watched(verb, tmp_path, replica, slug)


@pytest.mark.parametrize(
    ("slug", "shipped"),
    [
        ("police-discipline", "chicago-police-board-decisions"), ("district-councils", "chicago-district-councils"),
        ("police-directives-numbered", "cpd-directives"), ("police-reform", "cpd-reform"),
    ],
)  # fmt: skip
def test_what_is_shipped_is_what_is_tested(slug: str, shipped: str) -> None:
    tested, real = read_portal(HERE / slug / "portal.toml"), read_portal(SHIPPED / f"{shipped}.toml")
    assert tested.spider == real.spider
    if real.spider in {"listing", "pages"}:
        assert tested.parameters == real.parameters
    else:
        assert real.parameters.keys() <= tested.parameters.keys()


@pytest.mark.parametrize("watch", ["police-discipline"], indirect=True)
def test_decisions(watch: Watched) -> None:
    """A new decision is new; what slides into the archive is no withdrawal; a rebuilt page withdraws nothing."""
    page = "police_discipline.html"
    assert watch.crawl() == []
    assert watch.crawl() == []
    april = b'<ul>\n<li>April 2099: <a href="/content/dam/lpb/98PB9004.pdf">Case No. 98 PB 9004</a></li>'
    watch.serve(page, b"<ul>\n<li>March", april + b"<li>March")
    assert [event[:2] for event in watch.crawl()] == [("new", "98 PB 9004")]
    watch.serve(page, b"January 2099: <a href", b"January 2099: archived <a href")
    watch.serve(page, b"Case No. 98 PB 9000", b"see the archives")
    assert watch.crawl() == []
    watch.serve(page, b"Case No", b"Matter")
    # "February 2099: None" stands there still, beside cases: such a list is not empty, it is not understood.
    assert [event[0] for event in watch.crawl(3)] == ["broken"]


@pytest.mark.parametrize("watch", ["district-councils"], indirect=True)
def test_a_meeting_gets_its_minutes_and_a_seat_falls_vacant(watch: Watched) -> None:
    assert watch.crawl() == []
    row = b"<tr><td>Minutes</td><td>Minutes.pdf</td><td><a href='/wp-content/uploads/2099/05/Minutes.pdf'>Preview</a></td></tr>"
    watch.serve("may-5-2099/", b"</tbody>", row + b"</tbody>")
    watch.serve("/3rd-district-council/", b"A. Imaginary", b"Vacant")
    told = watch.crawl()
    assert ("changed", "/district-council/3rd-district-council/", ["text"]) in told
    assert [event[0] for event in told if "may-5-2099" in event[1]] == ["changed", "file_added"]
    del watch.replica.pages["https://councils.lakeharbor.example/tribe_events-sitemap.xml"]
    assert [event[0] for event in watch.crawl(3)] == ["broken"]
