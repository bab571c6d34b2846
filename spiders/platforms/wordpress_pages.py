"""WordPress sites that keep their REST API to themselves: posts by sitemap or feed, and from their own pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import scrapy
from scrapy.http import Response, TextResponse

from config.portal import Portal
from releases.model import ListingPage, Note, Sighting
from spiders.errors import PageError
from spiders.feeds import read_feed
from spiders.page import clean_link
from spiders.parameters import read_parameters, wrong_parameter
from spiders.platforms.wordpress_posts import REST_NAMES, Post, WordPressSettings, key_of_link, page_post
from spiders.portal_spider import Callback, Output, PortalSpider
from spiders.sitemap import Place, read_sitemap

SITEMAP_OF = re.compile(r"/(?:wp-sitemap-posts-(?P<core>[\w-]+?)-\d+|(?P<plugin>[\w-]+?)-sitemap\d*)\.xml")
"""WordPress's own sitemaps, and those of the usual plugins (Yoast, Rank Math, All in One SEO)."""
PER_PAGE = 100
"""The most that WordPress gives at once; it answers 400 to more."""
MOST_SITEMAPS = 500
ROOT = 3
"""Slashes of a site's root address."""


class WordPressPages(PortalSpider):
    """What of a WordPress site needs no REST API."""

    settings_type = WordPressSettings

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        said = self.said = read_parameters(portal, WordPressSettings)
        if not said.types or not all(re.fullmatch(r"[\w-]+", name) for name in said.types):
            raise wrong_parameter(portal, "types", said.types, "use names of the REST API, such as posts")
        if said.source in {"sitemap", "feed"} and (said.categories or said.tags or said.search):
            raise wrong_parameter(portal, "source", said.source, "only the REST API chooses by category, tag or words")
        if said.source == "feed" and said.types != ("posts",):
            raise wrong_parameter(portal, "types", said.types, "a feed shows posts alone")
        if not 1 <= said.per_page <= PER_PAGE:
            raise wrong_parameter(portal, "per_page", said.per_page, f"use 1 to {PER_PAGE}")
        self._sitemap = self.place("sitemap", said.sitemap or "/wp-sitemap.xml")
        self._feed = self.place("feed", said.feed or "/feed/")

    def place(self, name: str, value: str) -> str:
        """The address that a parameter says. Raises ConfigError."""
        link = clean_link(self.portal.url, value)
        if not link:
            raise wrong_parameter(self.portal, name, value, "use an address, or a path on the portal")
        return link

    def by_sitemap(self) -> scrapy.Request:
        return self._list(self._sitemap, self.sitemap, inner=False)

    def by_feed(self) -> scrapy.Request:
        return self._list(self._feed, self.feed)

    def no_sitemap(self, why: str, response: Response | None, **_: object) -> Iterator[Output]:
        if response is None or response.status != 404 or self.said.types != ("posts",):
            raise PageError(self._sitemap, "the sitemap", "an index of sitemaps (parameters.sitemap)", why)
        yield Note(f"no sitemap at {self._sitemap} ({why}): only the newest posts are seen, by the feed")
        yield self.by_feed()

    def sitemap(self, response: Response, *, inner: bool, kind: str = "") -> Iterator[Output]:
        """The index, then the sitemaps of the kinds that are wanted."""
        if response.status != 200:
            raise PageError(response.url, "the sitemap", "a list of pages", f"status {response.status}")
        listed = read_sitemap(response.url, response.body)
        if inner:
            yield from self._places(response.url, kind, listed.pages)
            return
        kinds = dict.fromkeys(REST_NAMES.get(name, name) for name in self.said.types)
        found: dict[str, list[str]] = {}
        for place in listed.sitemaps[:MOST_SITEMAPS]:
            named = SITEMAP_OF.search(place.url)
            if named:
                found.setdefault(named["core"] or named["plugin"], []).append(place.url)
        if lost := [kind for kind in kinds if kind not in found]:
            raise PageError(
                response.url, "the sitemap (parameters.sitemap)", f"a sitemap of the type {lost[0]!r}",
                f"sitemaps of {', '.join(sorted(found))}" if found else "no sitemap by type: `pages` can watch this site",
            )  # fmt: skip
        for wanted in kinds:
            for url in found[wanted]:
                yield self._list(url, self.sitemap, inner=True, kind=wanted)

    def _places(self, url: str, kind: str, places: Iterable[Place]) -> Iterator[Output]:
        # Plugins put the list of all posts, which is no post, first: often the site's own root.
        posts = [one for one in places if self.in_scope(one.url) and (kind == "page" or one.url.count("/") > ROOT)]
        meant: dict[str, Place] = {}
        for place in posts:
            other = meant.setdefault(key_of_link(kind, place.url), place)
            if other.url != place.url:
                raise PageError(
                    url, "the sitemap", "for each post an address with a slug of its own", f"{other.url}, {place.url}"
                )
        for key, place in meant.items():
            yield Sighting(key, place.url, stamp=self.stamp(place.modified))
        yield ListingPage(url, 1, len(meant), last=True, listing=url)
        for key, place in meant.items():
            if not self.unchanged(key, self.stamp(place.modified)):
                yield self.request(place.url, self.page_of, kind=kind, link=place.url, modified=place.modified)

    def feed(self, response: Response) -> Iterator[Output]:
        """The newest posts. What a feed drops may still be there."""
        if response.status != 200:
            raise PageError(response.url, "the feed", "a list of posts", f"status {response.status}")
        entries = {key_of_link("post", one.link): one for one in read_feed(response.url, response.body) if one.link}
        for key, entry in entries.items():
            yield Sighting(key, entry.link)
        yield ListingPage(response.url, 1, len(entries), last=True, capped=1, listing=response.url)
        for entry in entries.values():
            yield self.request(entry.link, self.page_of, kind="post", link=entry.link, modified="")

    def page_of(self, response: Response, kind: str, link: str, modified: str) -> Iterator[Output]:
        """A post by its own page alone."""
        post = self.own_post(response, kind, link)
        if modified:
            post.fields["modified"] = modified
        yield post.record()

    def own_post(self, response: Response, kind: str, link: str) -> Post:
        """What a post's own page says. Raises PageError."""
        page = self.page(response)
        assert isinstance(response, TextResponse)
        return page_post(kind, link, page, self.html(response), images=self.said.images)

    def _list(self, url: str, callback: Callback, **arguments: Any) -> scrapy.Request:
        """A request for a list: were it dropped when it is gone, its posts would seem to be gone."""
        request = self.request(url, callback, **arguments)
        request.meta["handle_httpstatus_list"] = [404, 410]
        return request
