"""WordPress: what a list, a post and an attachment say, and every way in which they can be other than known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import scrapy
from scrapy.http import Response, TextResponse

from config.errors import ConfigError
from config.portal import Portal, read_portal
from crawler.check import check_settings
from releases.model import EmptyMarker, ListingPage, Note, Record, Sighting
from spiders.platforms.wordpress import WordPressSpider
from spiders.platforms.wordpress_posts import WordPressSettings, key_of_link
from tests.portals.offline import Outcome, converse
from tests.replicas.asking import served
from tests.replicas.wordpress import SITE, Media, WordPressReplica

Change = Callable[[Any], Any]


@pytest.fixture
def site() -> Iterator[WordPressReplica]:
    with WordPressReplica() as replica:
        yield replica


def portal(**parameters: Any) -> Portal:
    return Portal("news", "N", "A", "P", f"{SITE}/", "wordpress", parameters)


def read(site: WordPressReplica, change: tuple[str, Change] | None = None, **parameters: Any) -> Outcome:
    """The site as the spider reads it; `change` is done to each JSON answer whose address has the first part."""

    def answer(request: scrapy.Request) -> Response:
        found = served(site, request)
        if change is None or change[0] not in request.url:
            return found
        return found.replace(body=msgspec.json.encode(change[1](msgspec.json.decode(found.body))))

    return converse(WordPressSpider(portal(**parameters)), answer)


def by_key(outcome: Outcome) -> dict[str, Record]:
    """By kind and slug, which every record has as its key or as an alias."""
    return {
        next(name for name in (record.key, *record.aliases) if "/" in name): record for record in outcome.of(Record)
    }


def first(name: str, value: Any) -> Change:
    """Puts `value` at `name` of the first object."""

    def change(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if rows:
            rows[0][name] = value
        return rows

    return change


def test_a_post_with_everything(site: WordPressReplica) -> None:
    record = by_key(read(site))["post/pier-street-shooting-video"]
    assert record.title == "Video – Pier Street shooting"
    assert record.fields["categories"] == ["Critical & Other Incidents"]
    assert (record.fields["published"], record.fields["modified"]) == ("2026-05-04T09:30:00Z", "2026-05-05T10:00:00Z")
    assert [file.name for file in record.files] == ["Report (PDF)", "Body-worn camera", "Memo (attached, not linked)"]
    assert [file.identity for file in record.files] == ["", "youtube:LhFictional1", ""]
    assert record.key == "post:117"
    assert {"post/pier-street-shooting-video", f"{SITE}/?p=117"} < set(record.aliases)
    assert record.flapping == {"modified"}


def test_navigation_channels_and_pictures_are_no_files(site: WordPressReplica) -> None:
    records = by_key(read(site))
    urls = {file.url for record in records.values() for file in record.files}
    assert not [url for url in urls if "menu.pdf" in url or "/user/" in url or url.endswith(".jpg")]
    pictures = by_key(read(site, images=True))["post/pier-street-shooting-video"].files
    assert [(file.kind, file.name) for file in pictures if file.url.endswith(".jpg")] == [("image", "pier.jpg")]


def test_a_name_that_the_page_does_not_give_comes_from_the_upload(site: WordPressReplica) -> None:
    files = by_key(read(site))["post/dispatch-audio"].files
    assert [(file.name, file.kind, file.host) for file in files] == [
        ("Dash camera", "video", "vimeo"), ("Dispatch audio", "audio", "direct"),
    ]  # fmt: skip


def test_a_protected_post_says_so_and_has_no_text(site: WordPressReplica) -> None:
    record = by_key(read(site))["post/internal-note"]
    assert (record.fields["protected"], record.fields["text"]) == (True, None)


def test_lists_end_where_the_site_says(site: WordPressReplica) -> None:
    pages = read(site, per_page=3).of(ListingPage)
    assert [(page.number, page.rows, page.last, page.pages, page.total) for page in pages] == [
        (1, 3, False, 3, 7), (2, 3, False, 3, 7), (3, 1, True, 3, 7),
    ]  # fmt: skip
    site.hazards.add("no-counts")
    pages = read(site, per_page=3).of(ListingPage)
    assert [(page.number, page.last, page.pages) for page in pages] == [
        (1, False, None),
        (2, False, None),
        (3, True, None),
    ]


def test_a_list_that_ended_early_while_it_was_read(site: WordPressReplica) -> None:
    site.hazards.add("shorter")
    outcome = read(site, per_page=3)
    assert outcome.errors == []
    assert [(page.number, page.rows, page.last) for page in outcome.of(ListingPage)][-1] == (3, 0, True)
    assert len(outcome.of(Record)) == 6


def test_without_counts_a_full_last_page_ends_at_the_next(site: WordPressReplica) -> None:
    site.hazards.add("no-counts")
    site.state.posts = [post for post in site.state.posts if post.id != 111]
    pages = read(site, per_page=3).of(ListingPage)
    assert [(page.number, page.rows, page.last) for page in pages] == [(1, 3, False), (2, 3, False), (3, 0, True)]


def test_page_one_for_ever(site: WordPressReplica) -> None:
    site.hazards |= {"endless", "no-counts"}
    outcome = read(site, per_page=3)
    assert "the rows of page 1 again" in outcome.errors[0].found
    assert not any(page.last for page in outcome.of(ListingPage))


def test_posts_that_are_counted_and_not_shown(site: WordPressReplica) -> None:
    site.hazards.add("hidden")
    assert [page.capped for page in read(site, per_page=3).of(ListingPage)] == [None, None, 1]


def test_of_a_long_blog_only_the_newest_posts_are_listed(site: WordPressReplica) -> None:
    outcome = read(site, per_page=3, newest=5)
    assert [(page.number, page.last, page.capped) for page in outcome.of(ListingPage)] == [
        (1, False, None),
        (2, True, 1),
    ]
    assert len(outcome.of(Record)) == 6
    site.hazards.add("no-counts")
    assert [page.capped for page in read(site, per_page=3, newest=3).of(ListingPage)] == [1]
    assert [page.capped for page in read(site, per_page=100, newest=100).of(ListingPage)] == [None]


def test_an_empty_list_is_empty_by_its_own_number(site: WordPressReplica) -> None:
    site.state.posts = []
    outcome = read(site)
    assert [marker.words for marker in outcome.of(EmptyMarker)] == ["X-WP-Total: 0"]
    assert [page.last for page in outcome.of(ListingPage)] == [True]
    site.hazards.add("no-counts")
    outcome = read(site)
    assert "X-WP-Total: 0" in outcome.errors[0].expected
    assert outcome.of(EmptyMarker) == []


def test_more_uploads_than_one_page_shows(site: WordPressReplica) -> None:
    many = tuple(Media(1000 + n, f"2026/05/exhibit-{n}.pdf", f"Exhibit {n}") for n in range(130))
    site.edit(112, media=many)
    assert len(by_key(read(site))["post/crowd-management"].files) == 130
    site.hazards.add("no-counts")
    assert len(by_key(read(site))["post/crowd-management"].files) == 130


def test_posts_are_chosen_by_category_tag_and_words(site: WordPressReplica) -> None:
    assert len(read(site, categories=["policy"]).of(Record)) == 3
    assert [one.key for one in read(site, categories=["critical-incidents"], tags=["body-cam"]).of(Record)] == [
        "post:117"
    ]
    assert [one.key for one in read(site, search="pursuits").of(Record)] == ["post:113"]
    (error,) = read(site, categories=["policy", "nowhere"]).errors
    assert (error.selector, error.found) == ("parameters.categories", "none called 'nowhere'")


def test_custom_types_by_their_own_name(site: WordPressReplica) -> None:
    assert [one.key for one in read(site, types=["cases"]).of(Record)] == ["case:51"]
    (error,) = read(site, types=["incidents"]).errors
    assert "parameters.types" in error.selector
    assert "rest_no_route" in error.found


def test_content_that_only_pages_have(site: WordPressReplica) -> None:
    site.hazards.add("no-text")
    outcome = read(site)
    assert "content = 'page'" in outcome.of(Note)[0].words
    outcome = read(site, content="page")
    record = by_key(outcome)["post/pier-street-shooting-video"]
    assert "released video" in str(record.fields["page_text"])
    assert record.fields["title"] == "Video – Pier Street shooting"
    assert [file.name for file in record.files] == ["Report (PDF)", "Body-worn camera", "Memo (attached, not linked)"]
    assert outcome.errors == []


def test_two_posts_under_one_slug_are_an_error(site: WordPressReplica) -> None:
    """A site whose addresses do not end in slugs would give all its posts one identity."""
    site.edit(112, slug="welcome")
    outcome = read(site, source="sitemap")
    assert "of its own" in outcome.errors[0].expected
    assert outcome.of(Record) == []


@pytest.mark.parametrize("source", ["rest", "auto"])
def test_a_refused_api_is_no_empty_list(site: WordPressReplica, source: str) -> None:
    site.hazards.add("rest-blocked")
    outcome = read(site, source=source)
    assert "HTML" in outcome.errors[0].found or "403" in outcome.errors[0].found
    assert outcome.yielded == []


def test_auto_reads_the_sitemap_where_there_is_no_api(site: WordPressReplica) -> None:
    site.hazards.add("no-rest")
    outcome = read(site, source="auto", types=["posts", "pages"])
    assert outcome.errors == []
    assert "no REST API here (status 404)" in outcome.of(Note)[0].words
    assert len(outcome.of(Note)) == 1
    assert {one.key for one in outcome.of(Sighting)} == {one.key for one in outcome.of(Record)}
    assert {"page/about", "page/about/records", "post/café-hearing"} < {one.key for one in outcome.of(Record)}
    (error,) = read(site, source="rest").errors
    assert "source = 'sitemap'" in error.expected


def test_api_sitemap_and_feed_name_the_same_posts(site: WordPressReplica) -> None:
    """Whichever source is read first, the other's key is an alias of its record."""
    api = {record.key: set(record.aliases) for record in read(site).of(Record)}
    pages = {record.key: set(record.aliases) for record in read(site, source="sitemap").of(Record)}
    assert len(pages) == 6
    for key, names in pages.items():
        assert [other for other, aliases in api.items() if key in aliases and other in names]
    feed = read(site, source="feed")
    assert {one.key for one in feed.of(Sighting)} < pages.keys()
    assert [page.capped for page in feed.of(ListingPage)] == [1]


def test_a_plugins_sitemap_starts_with_the_list_of_posts(site: WordPressReplica) -> None:
    site.hazards.add("plugin-sitemap")
    outcome = read(site, source="sitemap", sitemap="/sitemap_index.xml")
    assert (len(outcome.of(Record)), outcome.errors) == (6, [])


def test_without_sitemap_the_feed_shows_the_newest(site: WordPressReplica) -> None:
    site.hazards |= {"no-rest", "no-sitemap"}
    outcome = read(site, source="auto")
    assert outcome.errors == []
    assert [page.capped for page in outcome.of(ListingPage)] == [1]
    (error,) = read(site, source="auto", types=["pages"]).errors
    assert "parameters.sitemap" in error.expected
    (error,) = read(site, source="sitemap").errors
    assert "status 404" in error.found


def test_a_sitemap_without_the_type(site: WordPressReplica) -> None:
    (error,) = read(site, source="sitemap", types=["cases"]).errors
    assert (error.expected, error.found) == ("a sitemap of the type 'cases'", "sitemaps of page, post")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("/posts", first("link", "")), "link"),
        (("/posts", first("link", "javascript:alert(1)")), "an http(s) link"),
        (("/posts", first("id", "one")), "id"),
        (("/posts", first("type", None)), "type"),
        (("/posts", first("title", {"rendered": ["x"]})), "rendered"),
        (("/posts", first("date_gmt", "4 May 2026")), "date_gmt"),
        (("/posts", first("content", "text")), "content"),
        (("/posts", lambda rows: {"posts": rows}), "the answer"),
        (("/media", first("source_url", "file:///etc/passwd")), "source_url"),
        (("/media", first("post", "x")), "post"),
        (("/media", lambda rows: {"media": rows}), "the answer"),
    ],
)  # fmt: skip
def test_answers_of_another_shape_are_errors(site: WordPressReplica, change: tuple[str, Change], words: str) -> None:
    outcome = read(site, change)
    assert len(outcome.errors) == 1
    assert words in f"{outcome.errors[0].selector} {outcome.errors[0].expected}"
    assert not [one for one in outcome.of(Record) if one.key == "post:117"]


def test_uploads_that_are_kept_back_leave_posts_sighted_and_unread(site: WordPressReplica) -> None:
    site.hazards.add("no-media")
    outcome = read(site)
    assert "uploads = false" in outcome.errors[0].expected
    assert (len(outcome.of(Sighting)), len(outcome.of(Record))) == (7, 0)
    assert len(read(site, uploads=False).of(Record)) == 7


def test_terms_that_are_not_embedded_are_unknown(site: WordPressReplica) -> None:
    def bare(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{name: value for name, value in row.items() if name != "_embedded"} for row in rows]

    record = by_key(read(site, ("/posts", bare)))["post/welcome"]
    assert "categories" not in record.fields
    assert "categories" in record.absent_means_unknown


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"types": ["../users"]}, "types"), ({"types": []}, "types"), ({"per_page": 200}, "per_page"),
        ({"source": "sitemap", "search": "x"}, "source"), ({"source": "feed", "types": ["pages"]}, "types"),
        ({"api": "javascript:x"}, "api"), ({"source": "json"}, "source"),
    ],
)  # fmt: skip
def test_parameters_that_mean_nothing_are_refused(parameters: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        check_settings(portal(**parameters), "news.toml")


@pytest.mark.parametrize(
    ("link", "key"),
    [
        ("https://a.example/2026/05/04/some-slug/", "post/some-slug"), ("http://b.example/news/some-slug", "post/some-slug"),
        ("https://a.example/Caf%C3%A9/", "post/café"), ("https://a.example/?p=41", "post/?p=41"),
    ],
)  # fmt: skip
def test_a_post_is_its_slug_wherever_it_stands(link: str, key: str) -> None:
    assert key_of_link("post", link) == key


def test_the_page_about_it_names_every_parameter_and_its_file_can_be_used(tmp_path: Path) -> None:
    text = (Path(__file__).resolve().parents[4] / "docs" / "portals" / "wordpress.md").read_text("utf-8")
    rows = text.partition("## Parameters")[2].partition("```")[0]
    assert {
        name for row in re.findall(r"^\| (`.+?) \|", rows, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    } == {field.name for field in msgspec.structs.fields(WordPressSettings)}
    file = tmp_path / "harbor-police-news.toml"
    file.write_text(text.partition("```toml\n")[2].partition("```")[0], "utf-8")
    check_settings(read_portal(file), str(file))


def test_hostile_content_is_only_text(site: WordPressReplica) -> None:
    site.edit(
        112, content='<script>x()</script><p>Words</p><a href="file:///etc/passwd.pdf">x</a><iframe src="javascript:1">'
    )
    record = by_key(read(site))["post/crowd-management"]
    assert (record.fields["text"], record.files) == ("Words\nx", ())


def test_an_answer_that_is_no_json() -> None:
    spider = WordPressSpider(portal())
    body = TextResponse(f"{SITE}/wp-json/wp/v2/posts", body=b"<html>Maintenance</html>")
    with pytest.raises(Exception, match="HTML or XML"):
        list(spider.posts(body, name="posts", number=1, chosen={}))
