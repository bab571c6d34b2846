"""Pages that a portal itself says are unchanged: none is asked for, what changed is, and a lie does not last."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crawler import readings
from tests.portals.replica_watch import ReplicaWatch
from tests.replicas.copa import Case, CopaReplica
from tests.replicas.wordpress import Media, Post, WordPressReplica
from tests.services.forked import run_verb
from tests.unit.cli.conftest import Verb, verb

ROOT = Path(__file__).resolve().parents[2]
__all__ = ["verb"]  # the fixture
SITEMAP = """slug = "{slug}"
name = "News by sitemap, fictional"
agency = "Lake Harbor Police (fictional)"
place = "Lake Harbor"
url = "https://news.lakeharbor-police.example/"
spider = "wordpress"
media = false
[parameters]
{parameters}
[politeness]
delay = 0
"""


@pytest.fixture(autouse=True)
def _no_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is drawn to be read all the same would be most of ten records; tests that want it say so."""
    monkeypatch.setattr(readings, "LEAST", 0)
    monkeypatch.setattr(readings, "SHARE", 0.0)


@pytest.fixture
def copa(verb: Verb, tmp_path: Path) -> Iterator[ReplicaWatch[CopaReplica]]:
    with CopaReplica() as replica:
        replica.state.cases = [Case(f"2026-{n:07}", f"2026-{n:07}", files=((f"/{n}.pdf", f"{n}"),)) for n in range(12)]
        replica.state.per_page = 10
        yield ReplicaWatch(verb, tmp_path, replica, "lake-harbor-copa")


def news(verb: Verb, folder: Path, replica: WordPressReplica, parameters: str) -> ReplicaWatch[WordPressReplica]:
    toml = SITEMAP.format(slug="lake-harbor-news", parameters=parameters)
    return ReplicaWatch(verb, folder, replica, "lake-harbor-news", toml)


def cases(watch: ReplicaWatch[CopaReplica]) -> list[str]:
    """Slugs of the cases whose pages the last crawl asked for."""
    return sorted(url.rstrip("/").rpartition("/")[2] for url in watch.asked("/case/"))


def test_an_unchanged_portal_is_not_opened_again(copa: ReplicaWatch[CopaReplica]) -> None:
    assert copa.crawl() == []
    assert len(cases(copa)) == 12
    assert copa.crawl() == []
    assert cases(copa) == []
    assert (copa.said["verdict"], copa.said["coverage"], copa.said["records"], copa.said["unopened"]) == (
        "healthy", "complete", 12, 12,
    )  # fmt: skip
    # Known files may have changed where they are: they are asked for as ever.
    assert copa.said["files"] == 12
    # A case that was saved again is opened, and no other; its date alone is no news.
    copa.replica.edit("2026-0000003", modified="2026-06-01T10:00:00")
    assert copa.crawl() == []
    assert cases(copa) == ["2026-0000003"]
    copa.replica.edit("2026-0000004", modified="2026-06-01T10:00:00", closed="06-01-2026")
    copa.replica.state.cases.append(Case("2026-0000050", "2026-0000050"))
    assert copa.crawl_changes() == [("changed", "2026-0000004", ["closed_date"]), ("new", "2026-0000050", [])]
    assert cases(copa) == ["2026-0000004", "2026-0000050"]
    # What the list itself says is part of the record: that a case left it is told at once.
    copa.replica.edit("2026-0000005", listed=False)
    assert copa.crawl() == [("changed", "2026-0000005", ["listed"])]
    # Withdrawn and restored as ever, though nothing else was opened.
    gone = copa.replica.state.cases.pop(6)
    assert copa.crawl() == [("withdrawn", gone.slug, [])]
    copa.replica.state.cases.insert(6, gone)
    assert copa.crawl() == [("restored", gone.slug, [])]
    # A rebuilt database knows the same.
    assert copa.run("rebuild", "--force", "--home", copa.home).code == 0
    assert copa.crawl() == []
    assert cases(copa) == []


def test_everything_is_read_for_who_asks_and_after_any_edit_of_the_portal_file(copa: ReplicaWatch[CopaReplica]) -> None:
    assert copa.crawl() == []
    copa.replica.asked.clear()
    assert copa.run("crawl", copa.slug, "--everything", "--home", copa.home).code == 0
    assert len(cases(copa)) == 12
    copa.edit("rest = true", "rest = true\n[expect]\nmin_records = 2")
    assert copa.crawl() == []
    assert len(cases(copa)) == 12
    assert copa.crawl() == []
    assert cases(copa) == []


def test_another_version_of_the_spider_reads_everything(
    copa: ReplicaWatch[CopaReplica], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert copa.crawl() == []
    monkeypatch.setattr("spiders.sites.copa.CopaSpider.extractor", "copa 999")
    assert copa.crawl() == []
    assert len(cases(copa)) == 12


def test_a_lie_is_found_and_then_nothing_is_believed_for_a_while(
    copa: ReplicaWatch[CopaReplica], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert copa.crawl() == []
    for n in range(12):
        copa.replica.edit(f"2026-{n:07}", closed="07-01-2026")  # and `modified` as it was
    assert copa.crawl() == [], "hidden until it is looked for"
    monkeypatch.setattr(readings, "LEAST", 3)
    found = copa.crawl()
    assert len(found) == 3
    assert {kind for kind, _, _ in found} == {"changed"}
    assert copa.said["verdict"] == "healthy"
    assert "3 pages had changed though the portal says otherwise" in " ".join(copa.said["warnings"])
    monkeypatch.setattr(readings, "TRUST_AFTER", 1)
    assert len(copa.crawl()) == 9, "the others at once"
    assert "dates of change are not believed" in " ".join(copa.said["warnings"])
    for clean in range(2):  # two crawls found lies, so trust takes twice as long
        assert copa.crawl() == []
        assert len(cases(copa)) == 12, clean
    assert copa.crawl() == []
    assert len(cases(copa)) == 3


def test_a_page_that_was_not_read_is_asked_for_again(copa: ReplicaWatch[CopaReplica]) -> None:
    """Only what was read under a stamp is left closed, whatever the verdict of the crawl that failed to read it."""
    copa.replica.torn = {"/case/2026-0000002/"}
    copa.crawl(3)
    assert copa.said["verdict"] in {"broken", "partial"}
    copa.replica.torn = set()
    copa.crawl()
    assert "2026-0000002" in cases(copa)
    copa.crawl()
    assert cases(copa) == []


def test_posts_by_sitemap_are_opened_when_it_says_so(verb: Verb, tmp_path: Path) -> None:
    with WordPressReplica() as site:
        watch = news(verb, tmp_path, site, 'source = "sitemap"')
        assert watch.crawl() == []
        assert (watch.said["records"], len(watch.asked("/2026/"))) == (6, 6 + 2)
        assert watch.crawl() == []
        assert ([one for one in watch.asked("/2026/") if "uploads" not in one], watch.said["unopened"]) == ([], 6)
        site.edit(112, content="<p>Some documents.</p>", modified="2026-06-03T00:00:07")
        assert watch.crawl() == [("changed", "post/crowd-management", ["page_text"])]
        assert [one for one in watch.asked("/2026/") if "uploads" not in one] == [site.state.posts[5].link]


def test_pages_read_beside_the_rest_api_are_opened_when_it_says_so(verb: Verb, tmp_path: Path) -> None:
    with WordPressReplica() as site:
        watch = news(verb, tmp_path, site, 'content = "page"')
        assert watch.crawl() == []
        assert watch.crawl() == []
        assert [one for one in watch.asked("/2026/") if "uploads" not in one] == []
        # One list of posts, one of what was uploaded to them.
        assert len(watch.asked("/wp-json/")) == 2
        # A file uploaded to a post does not save the post: the list of uploads tells.
        site.edit(112, media=(Media(301, "2026/06/crowds.pdf", "Crowds"),))
        assert watch.crawl_changes() == [("file_added", "post:112", [])]
        site.state.posts = [replace(one, slug="crowds") if one.id == 112 else one for one in site.state.posts]
        site.state.posts.insert(0, Post(140, "new", "New", "<p>Released.</p>", "2026-06-02T08:00:00"))
        assert [kind for kind, _, _ in watch.crawl()] == ["new"]


@pytest.mark.parametrize("point", ["warc.sealed", "commit.stored", "commit.applied"])
def test_a_crawl_that_was_killed_keeps_no_stamp_of_what_it_did_not_commit(
    copa: ReplicaWatch[CopaReplica], point: str
) -> None:
    """kill -9 between reading the pages and committing them, or in the commit: the change is told once, then nothing is opened."""
    assert copa.crawl() == []
    copa.replica.edit("2026-0000004", modified="2026-06-01T10:00:00", closed="06-01-2026")
    killed = run_verb(
        "crawl", copa.slug, "--home", str(copa.home), "--no-deliver", environment={"RECORDWATCH_FAULT": point}
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert copa.crawl() == [("changed", "2026-0000004", ["closed_date"])]
    # What was not committed was opened once more; what was, was not.
    assert cases(copa) == (["2026-0000004"] if point == "warc.sealed" else [])
    assert copa.crawl() == []
    assert cases(copa) == []


def test_a_list_out_of_a_cache_restores_nothing(copa: ReplicaWatch[CopaReplica]) -> None:
    """What is withdrawn and listed again is opened, and is back only when its page is: also where nothing else was opened."""
    assert copa.crawl() == []
    gone = copa.replica.state.cases.pop(6)
    assert copa.crawl() == [("withdrawn", gone.slug, [])]
    copa.replica.state.cases.insert(6, gone)
    copa.replica.lost = {f"/case/{gone.slug}/"}
    assert copa.crawl() == []
    assert (cases(copa), copa.said["verdict"]) == ([gone.slug], "healthy")
    assert copa.record(gone.slug)["state"] == "withdrawn"


def test_a_limited_crawl_and_a_sampled_page_that_is_gone_lose_nothing(
    copa: ReplicaWatch[CopaReplica], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert copa.crawl() == []
    for n in (0, 11):
        copa.replica.edit(f"2026-{n:07}", modified="2026-06-01T10:00:00", closed="06-01-2026")
    copa.replica.asked.clear()
    assert copa.run("crawl", copa.slug, "--max-records", 3, "--home", copa.home).code == 0
    early = cases(copa)
    assert copa.crawl_changes() == [("changed", f"2026-{n:07}", ["closed_date"]) for n in (0, 11)]
    assert sorted(early + cases(copa)) == ["2026-0000000", "2026-0000011"], "each page once, in whichever crawl"
    assert copa.said["unopened"] == 12 - len(cases(copa))
    # A sampled page answers 404 while the list goes on naming it: a note says so, and it is not called withdrawn.
    monkeypatch.setattr(readings, "LEAST", 12)
    copa.replica.lost = {"/case/2026-0000005/"}
    assert copa.crawl() == []
    assert copa.record("2026-0000005")["state"] == "present"
    assert (copa.said["verdict"], copa.said["unopened"]) == ("healthy", 0)
    assert "1 listed record without a page any more" in " ".join(copa.said["warnings"])
    copa.replica.lost = set()
    assert copa.crawl() == []
