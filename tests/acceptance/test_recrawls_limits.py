"""A crawl that has used up its requests or its time ends in good order, and the next one goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.file_site import Document, FileSite, pdf
from tests.acceptance.recrawling import Watch
from tests.unit.cli.conftest import Verb, verb

__all__ = ["verb"]  # the fixture


@pytest.fixture
def site() -> Iterator[FileSite]:
    with FileSite() as served:
        for number in range(9):
            served.case(f"c{number}", report=Document(pdf(str(number))))
        yield served


@pytest.fixture
def watch(verb: Verb, tmp_path: Path, site: FileSite) -> Watch:
    return Watch(verb, tmp_path, site)


def test_requests(site: FileSite, watch: Watch) -> None:
    pages = 1 + 1 + 9  # robots.txt, the list, the cases
    watch.write(limits=f"crawl_requests = {pages + 4}")
    had = [set(watch.crawl().of("GET"))]
    assert watch.said["exchanges"] == pages + 4
    assert (watch.said["files"], watch.said["file_errors"]) == (4, 0)
    assert "5 of 9 files were left for the next crawl (limits.crawl_requests = 15)" in watch.notes
    assert "limits.crawl_requests = 15" in watch.said["reason"]
    had.append(set(watch.crawl().of("GET")))
    assert not had[0] & had[1], "what was never had comes first"
    watch.crawl()
    assert watch.said["recheck"]["held"] == 8
    had.append(set(watch.checked()))
    assert len(had[2]) == 9
    watch.write()
    watch.crawl()
    assert watch.notes == ""
    assert watch.kinds == [], "nothing of all that is news"


def test_requests_used_up_by_pages(site: FileSite, watch: Watch, verb: Verb) -> None:
    watch.write(limits="crawl_requests = 5")
    done = verb("crawl", "files", "--json", "--home", watch.home)
    assert done.code == 3
    assert '"verdict":"partial"' in done.out.replace(" ", "")
    assert "limits.crawl_requests = 5" in done.out
    assert len(site.counted().asked) == 5


def test_time(site: FileSite, watch: Watch) -> None:
    watch.write(limits="crawl_seconds = 0.000001")
    assert not watch.crawl().of("GET"), "the list is read, no file is taken"
    assert watch.said["records"] == 10
    assert "9 of 9 files were left for the next crawl (limits.crawl_seconds = 1e-06)" in watch.notes
    watch.write()
    assert watch.crawl().of("GET").total() == 9
    assert watch.said["recheck"]["held"] == 0
