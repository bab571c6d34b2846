"""A WordPress site through whole crawls of the real command: what is news, what is not, what a crawl costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.portals.replica_watch import ReplicaWatch
from tests.replicas.wordpress import PDF, Media, Post, WordPressReplica
from tests.unit.cli.conftest import Verb, verb

__all__ = ["verb"]  # the fixture
Watched = ReplicaWatch[WordPressReplica]


@pytest.fixture
def watch(verb: Verb, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Watched]:
    hazards = getattr(request, "param", ())
    with WordPressReplica(*hazards) as replica:
        yield ReplicaWatch(verb, tmp_path, replica, "lake-harbor-news", media=False)


def test_the_life_of_posts(watch: Watched) -> None:
    site = watch.replica
    assert watch.crawl() == []
    assert (watch.said["verdict"], watch.said["coverage"], watch.said["records"]) == ("healthy", "complete", 9)
    assert watch.crawl() == []
    # Nine posts and four files: four lists, four times what was uploaded; no page of a post, no body of a file.
    assert len(watch.asked("/wp-json/")) == 8
    assert [one for one in watch.asked("/2026/") if "uploads" not in one] == []
    # Saved again without another word: the date alone moves.
    site.edit(113, modified="2026-06-01T00:00:00")
    assert watch.crawl() == []
    # A title corrected, the form of all addresses and a word changed: the slug stays, and so does the record.
    site.edit(113, title="Policy on vehicle pursuits")
    site.edit(112, content="<p>No documents at all.</p>")
    assert watch.crawl() == [
        ("changed", "post:112", ["text"]), ("changed", "post:113", ["title"]),
    ]  # fmt: skip
    # A PDF replaced in place by one of equal length; one attached without a link; a post; a post withdrawn.
    site.state.files["/wp-content/uploads/2026/02/pursuits.pdf"] = PDF.replace(b"fictional", b"FICTIONAL")
    site.edit(112, media=(Media(301, "2026/06/crowds.pdf", "Crowds"),))
    site.state.posts = [post for post in site.state.posts if post.id != 111]
    site.state.posts.insert(0, Post(130, "new-video", "New video", "<p>Released.</p>", "2026-06-02T08:00:00"))
    found = watch.crawl()
    assert [(kind, key) for kind, key, _ in found] == [
        ("file_added", "post:112"), ("file_replaced", "post:113"),
        ("new", "post:130"), ("withdrawn", "post:111"),
    ]  # fmt: skip
    site.state.posts.append(
        Post(111, "welcome", "Welcome", "<p>This site replaces the old one.</p>", "2026-01-02T07:15:00")
    )
    assert watch.crawl() == [("restored", "post:111", [])]


def test_another_form_of_addresses_is_no_news(watch: Watched) -> None:
    assert watch.crawl() == []
    watch.replica.state.posts = [
        replace(post, at=post.at) if post.type != "post" else Moved(**{name: getattr(post, name) for name in FIELDS})
        for post in watch.replica.state.posts
    ]
    assert watch.crawl() == []


FIELDS = tuple(Post.__dataclass_fields__)


class Moved(Post):
    """A post after the site dropped dates from its addresses."""

    @property
    def link(self) -> str:
        return f"https://news.lakeharbor-police.example/news/{super().link.rstrip('/').rpartition('/')[2]}/"


@pytest.mark.parametrize("watch", [("busy",)], indirect=True)
def test_too_many_requests_are_waited_for(watch: Watched) -> None:
    assert watch.crawl() == []
    assert (watch.said["verdict"], watch.said["records"]) == ("healthy", 9)


@pytest.mark.parametrize("watch", [("hidden",)], indirect=True)
def test_posts_that_are_counted_and_not_shown_are_a_cap(watch: Watched) -> None:
    assert watch.crawl() == []
    assert (watch.said["verdict"], watch.said["coverage"]) == ("healthy", "capped")


REFUSALS = {
    "blocked": ["rest-blocked", "challenge", "rest-off"], "broken": ["no-rest", "no-media", "endless"], "down": ["down"],
}  # fmt: skip


def test_what_a_refusal_hides_is_not_withdrawn(watch: Watched) -> None:
    assert watch.crawl() == []
    for verdict, hazards in REFUSALS.items():
        found = set()
        for hazard in hazards:
            watch.replica.hazards = {hazard}
            found |= {kind for kind, _, _ in watch.crawl(3)}
            assert watch.said["verdict"] == verdict, (hazard, watch.said)
        assert found <= {"blocked", "broken"}
        watch.replica.hazards = set()
        assert [kind for kind, _, _ in watch.crawl()] == (["recovered"] if found else [])
        assert watch.said["verdict"] == "healthy"


@pytest.mark.parametrize("watch", [("rest-off",), ("no-rest", "plugin-sitemap")], indirect=True)
def test_a_site_that_keeps_its_api_to_itself_is_read_by_sitemap(watch: Watched) -> None:
    watch.edit('types = ["posts", "pages"]\nper_page = 3', 'source = "auto"\nsitemap = "/sitemap_index.xml"'
               if "plugin-sitemap" in watch.replica.hazards else 'source = "auto"')  # fmt: skip
    assert watch.crawl() == []
    assert (watch.said["verdict"], watch.said["records"]) == ("healthy", 6)
    assert watch.crawl() == []
    watch.replica.edit(112, content="<p>Some documents.</p>", modified="2026-06-03T00:00:00")
    assert watch.crawl() == [("changed", "post/crowd-management", ["page_text"])]
    watch.replica.state.posts = [post for post in watch.replica.state.posts if post.id != 111]
    assert watch.crawl() == [("withdrawn", "post/welcome", [])]


def test_a_slug_edited_by_hand_is_no_news(watch: Watched) -> None:
    """WordPress sends readers of the old address on to the new one."""
    assert watch.crawl() == []
    watch.replica.edit(113, slug="vehicle-pursuits")
    watch.replica.moved["/2026/02/02/policy-on-pursuits/"] = "/2026/02/02/vehicle-pursuits/"
    assert watch.crawl() == []
    assert "post:113" in watch.run("record", watch.slug, "post/vehicle-pursuits", "--home", watch.home).out


def test_a_site_that_closes_and_opens_its_api_keeps_its_records(watch: Watched) -> None:
    watch.edit('types = ["posts", "pages"]\nper_page = 3', 'source = "auto"')
    watch.replica.state.posts = [post for post in watch.replica.state.posts if not post.protected]
    for number in (117, 114):  # a file that nothing links to, and an upload's title, are known to the API alone
        watch.replica.edit(number, media=())
    for hazards in ({"rest-off"}, set(), {"rest-off"}, {"no-rest"}, set()):
        watch.replica.hazards = hazards
        assert watch.crawl() == [], hazards
        assert (watch.said["verdict"], watch.said["records"]) == ("healthy", 6)
