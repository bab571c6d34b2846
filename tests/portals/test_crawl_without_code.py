"""Portals without code through whole crawls: what becomes news, and what never does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.portals.replica import Replica
from tests.portals.replica_watch import ReplicaWatch
from tests.unit.cli.conftest import Verb, verb

__all__ = ["verb"]  # the fixture
HERE = Path(__file__).parent


class Watched(ReplicaWatch[Replica]):
    """As ReplicaWatch, of stored pages that can be edited."""

    def serve(self, address: str, old: bytes, new: bytes) -> None:
        """Change what the portal serves."""
        (url,) = (url for url in self.replica.pages if url.endswith(address))
        assert old in self.replica.pages[url]
        self.replica.pages[url] = self.replica.pages[url].replace(old, new)


@pytest.fixture
def watch(verb: Verb, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Watched]:
    slug = request.param
    with Replica(HERE / slug / "pages") as replica:
        yield Watched(verb, tmp_path, replica, slug)


PRESS = "press-office"
BOARD = "police-board"


@pytest.mark.parametrize("watch", [PRESS], indirect=True)
def test_watched_pages(watch: Watched) -> None:
    """Counters, dates of printing and an entry that the feed drops are no news; words and new pages are."""
    assert watch.crawl() == []
    watch.serve("/2025/05/statement/", b"Views: 1,204", b"Views: 1,377")
    watch.serve("/2025/05/statement/", b"2025-06-01 10:00", b"2025-06-02 11:30")
    assert watch.crawl() == []
    watch.serve("/2025/05/statement/", b"taken note", b"taken notice")
    assert watch.crawl() == [("changed", "/2025/05/statement/", ["text"])]
    watch.serve("/feed/", b"/?p=41", b"/?p=55")
    watch.serve("/feed/", b"/2025/06/footage/?utm_source=rss", b"/2025/05/statement/")
    for _ in range(3):
        assert [event for event in watch.crawl() if event[0] == "withdrawn"] == []


@pytest.mark.parametrize("watch", [BOARD], indirect=True)
def test_editing_a_selector_is_no_news(watch: Watched) -> None:
    assert watch.crawl() == []
    watch.edit(
        'fields.status = "td:nth-child(3)"', 'fields.status = { select = "td:nth-child(3)", pattern = "^[A-Z]" }'
    )
    assert watch.crawl() == []
    watch.edit('fields.number = ".num"', "")
    assert watch.crawl() == []
    watch.serve("/board/cases/?page=2", b"Withdrawn", b"Xithdrawn")
    assert watch.crawl() == [("changed", "25-pb-0105", ["status"])]
    watch.edit("last = { select", 'flapping = ["status"]\nlast = { select')
    watch.serve("/board/cases/?page=2", b"Xithdrawn", b"Withdrawn")
    assert watch.crawl() == []


@pytest.mark.parametrize("watch", [BOARD], indirect=True)
def test_a_page_that_changed_its_layout_withdraws_nothing(watch: Watched) -> None:
    assert watch.crawl() == []
    watch.serve("/board/cases/?page=2", b'class="cases"', b'class="decisions"')
    assert [event[0] for event in watch.crawl(3)] == ["broken"]
    watch.serve("/board/cases/?page=2", b'class="decisions"', b'class="cases"')
    assert [event[0] for event in watch.crawl()] == ["recovered"]


@pytest.mark.parametrize("watch", ["closing-reports"], indirect=True)
def test_a_list_as_csv(watch: Watched) -> None:
    assert watch.crawl() == []
    watch.serve(".csv", b"Unfounded", b"Substantiated")
    watch.serve(".csv", b"2025-0009;;", b"2025-0010;04/01/2025;Force;Open;;\r\n2025-0009;;")
    news = ["allegations", "closed", "disposition"]
    assert watch.crawl() == [("changed", "2025-0008", ["disposition"]), ("new", "2025-0010", news)]
    watch.serve(".csv", b"Disposition;", b"Finding;")
    assert [event[0] for event in watch.crawl(3)] == ["broken"]


@pytest.mark.parametrize(
    ("watch", "gone"),
    [(BOARD, "/board/cases/?page=2"), ("complaints-api", "offset=4"), (PRESS, "/feed/"), (PRESS, "/page-sitemap.xml")],
    indirect=["watch"],
)
def test_a_part_of_the_list_that_is_gone_withdraws_nothing(watch: Watched, gone: str) -> None:
    """A 404 for page 2, a sitemap or a feed says nothing of the records that stood there."""
    assert watch.crawl() == []
    (url,) = (url for url in watch.replica.pages if url.endswith(gone))
    body = watch.replica.pages.pop(url)
    assert [event[0] for event in watch.crawl(3)] == ["broken"]
    assert watch.crawl(3) == []
    watch.replica.pages[url] = body
    assert [event[0] for event in watch.crawl()] == ["recovered"]
