"""WordPress sites: by their REST API, by their sitemaps, or by their feed.

Identity of a record is the post's number, as the REST API says it (`post:117`). It stays when the title, the slug,
the form of addresses and the host change; a slug as identity would tell each slug that is edited by hand as a
withdrawal, for WordPress sends readers of the old address on to the new one. Sitemaps and feeds do not know numbers:
there it is kind and slug (`post/some-slug`), of pages the whole path. Either names the other as an alias (a page
says its number in its short link), so a site that opens or closes its REST API keeps its records. An export to a new
installation may number posts anew: then all are missing at once, which is told as a `mass_withdrawal` first.

The REST API gives a hundred posts an answer, whole: an unchanged post costs no request of its own. What was
uploaded to posts comes in bulk too (`media?parent=1,2,…`), as a record must not lose a file because one
request of many failed. Evidence: C (WordPress's own code and error codes; public clients), no capture.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import urlencode

import msgspec
import scrapy
from scrapy.http import Response

from config.portal import Portal
from releases.model import EmptyMarker, ListingPage, Note, Sighting
from spiders.answer import Answer
from spiders.errors import PageError
from spiders.page import clean_link
from spiders.platforms.wordpress_pages import PER_PAGE, WordPressPages
from spiders.platforms.wordpress_posts import Post, attachment, key_of_number, post_of
from spiders.portal_spider import Output

FIELDS = "id,type,slug,link,guid,date,date_gmt,modified_gmt,title,content,_links,_embedded"
MEDIA_FIELDS = "id,post,source_url,title,mime_type"
MOST_PAGES = 10_000
MOST_MEDIA = 100
"""Pages of what was uploaded to one page of posts."""
OF_LIST = ("title", "published")
"""Fields of a post that is read from its own page which the REST API says all the same."""
BEYOND = "rest_post_invalid_page_number"
"""What WordPress calls a page beyond a list's last one; it answers 400."""


class WordPressSpider(WordPressPages):
    """Posts of the kinds that `types` names."""

    extractor = "wordpress 1"
    platform = "WordPress"

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        self._api = self.place("api", self.said.api or "/wp-json/").rstrip("/") + "/wp/v2/"
        self._seen: dict[str, int] = {}
        self._wordless: dict[str, int] = {}
        self._fallen = False

    def first(self) -> Iterable[scrapy.Request]:
        if self.said.source == "sitemap":
            return [self.by_sitemap()]
        if self.said.source == "feed":
            return [self.by_feed()]
        wanted = [
            (name, slugs) for name, slugs in (("categories", self.said.categories), ("tags", self.said.tags)) if slugs
        ]
        return [self._terms(wanted, {})] if wanted else self._lists({})

    def _terms(self, wanted: list[tuple[str, tuple[str, ...]]], chosen: dict[str, str]) -> scrapy.Request:
        """Asks for the numbers of categories or tags, which posts are chosen by."""
        name, slugs = wanted[0]
        url = self._url(name, slug=",".join(slugs), per_page=str(PER_PAGE), _fields="id,slug")
        return self.json_request(url, self.terms, wanted=wanted, chosen=chosen)

    def terms(
        self, response: Response, wanted: list[tuple[str, tuple[str, ...]]], chosen: dict[str, str]
    ) -> Iterator[Output]:
        name, slugs = wanted[0]
        found = {item.text("slug"): item.number("id") for item in self.answer(response).many()}
        if lost := sorted(set(slugs) - found.keys()):
            raise PageError(
                response.url, f"parameters.{name}", f"{name} {', '.join(slugs)}", f"none called {lost[0]!r}"
            )
        chosen = {**chosen, name: ",".join(str(found[slug]) for slug in slugs)}
        if wanted[1:]:
            yield self._terms(wanted[1:], chosen)
        else:
            yield from self._lists(chosen)

    def _lists(self, chosen: dict[str, str]) -> list[scrapy.Request]:
        if self.said.search:
            chosen = {**chosen, "search": self.said.search}
        pages = [self._page(name, 1, chosen) for name in self.said.types]
        return (
            [self.optional(page, self.declined) for page in pages]
            if self.said.source == "auto" and not chosen
            else pages
        )

    def _page(self, name: str, number: int, chosen: dict[str, str]) -> scrapy.Request:
        fields = FIELDS if self.said.content == "rest" else FIELDS.replace("content,", "")
        url = self._url(name, per_page=str(self.said.per_page), page=str(number), orderby="date", order="desc", **chosen,
                        _embed="wp:term", _fields=fields)  # fmt: skip
        request = self.json_request(url, self.posts, name=name, number=number, chosen=chosen)
        request.meta["handle_httpstatus_list"] = [400, 404]
        return request

    def posts(self, response: Response, name: str, number: int, chosen: dict[str, str]) -> Iterator[Output]:
        """One page of a list of posts."""
        if response.status != 200:
            self._check_end(response, name, number)
            # The list has become shorter since its first page said how long it is.
            yield self._listed(response.url, name, number, 0, None, None, last=True)
            return
        items = self.answer(response).many()
        total, pages = counted(response, "X-WP-Total"), counted(response, "X-WP-TotalPages")
        if not items and number == 1:
            if total != 0:
                raise PageError(
                    response.url, f"the list of {name}", "posts, or X-WP-Total: 0", f"none, X-WP-Total: {total}"
                )
            yield EmptyMarker(response.url, "X-WP-Total: 0")
        keys = {self._key(item): self._link(item) for item in items}
        self.new_rows(response.url, name, number, keys)
        for key, link in keys.items():
            yield Sighting(key, link)
        self._seen[name] = self._seen.get(name, 0) + len(items)
        last = number >= pages if pages is not None else len(items) < self.said.per_page
        cut = not last and 0 < self.said.newest <= self._seen[name]
        yield self._listed(response.url, name, number, len(items), None if cut else pages, total, last=last or cut)
        if not last and not cut and number < MOST_PAGES:
            yield self._page(name, number + 1, chosen)
        read = [post_of(item, images=self.said.images) for item in items]
        self._wordless[name] = self._wordless.get(name, 0) + sum(not one.text for one in read)
        if last and items and self.said.content == "rest" and self._wordless[name] == self._seen[name]:
            yield Note(
                f"the REST API gives no text for any of its {name}; where their own pages have one, "
                "content = 'page' in [parameters] reads it"
            )
        yield from self._read(read)

    def _key(self, item: Answer) -> str:
        return key_of_number(item.text("type"), item.number("id"))

    def _link(self, item: Answer) -> str:
        """Where a post is sighted: at its address, or where it has none, on the site."""
        return clean_link(item.url, item.optional_text("link") or "") or self.portal.url

    def _listed(
        self, url: str, name: str, number: int, rows: int, pages: int | None, total: int | None, *, last: bool
    ) -> ListingPage:
        """A page of the list. Posts that are counted and not shown make it `capped`: some plugins hide them, or
        the portal file wants the newest alone.
        """
        seen = self._seen.get(name, 0)
        hidden = max(0, (total or 0) - seen) if last else 0
        if last and 0 < self.said.newest <= seen:
            hidden = hidden or int(total is None)
        return ListingPage(url, number, rows, last=last, pages=pages, total=total, capped=hidden or None, listing=name)

    def _read(self, posts: list[Post]) -> Iterator[Output]:
        """What else belongs to these posts: their own pages, what was uploaded to them."""
        if posts and self.said.uploads:
            yield self.optional(self._media({post.id: post for post in posts}, 1), self.no_media)
        else:
            yield from self._told(posts)

    def _told(self, posts: Iterable[Post]) -> Iterator[Output]:
        """What is to come of posts of which the REST API has said everything."""
        for post in posts:
            if self.said.content == "rest":
                yield post.record()
                continue
            # A file is uploaded to a post without saving the post: its date alone would not tell.
            said = (
                [post.fields[name] for name in OF_LIST],
                [(file.url, file.name, file.kind) for file in post.files.values()],
            )
            stamp = self.stamp(post.fields["modified"], *said)
            yield Sighting(post.key, post.link, stamp=stamp)
            if not self.unchanged(post.key, stamp):
                yield self.request(post.link, self.own, post=post)

    def own(self, response: Response, post: Post) -> Iterator[Output]:
        """A post's own page, where the REST API's text is not enough."""
        read = self.own_post(response, post.kind, post.link)
        post.fields = {**read.fields, **{name: post.fields[name] for name in (*OF_LIST, "modified")}}
        post.raw, post.text = read.raw, read.text
        uploaded, post.files = post.files, {}
        post.add(read.files.values())
        post.add(uploaded.values())
        yield post.record()

    def _media(self, posts: dict[int, Post], number: int) -> scrapy.Request:
        url = self._url("media", parent=",".join(map(str, sorted(posts))), per_page=str(PER_PAGE), page=str(number),
                        orderby="id", order="asc", _fields=MEDIA_FIELDS)  # fmt: skip
        return self.json_request(url, self.media, posts=posts, number=number)

    def media(self, response: Response, posts: dict[int, Post], number: int) -> Iterator[Output]:
        """What was uploaded to these posts. Their records are whole with its last page, and not before."""
        items = self.answer(response).many()
        self.new_rows(
            response.url, f"media of {','.join(map(str, sorted(posts)))}", number, (item.text("id") for item in items)
        )
        for item in items:
            found = attachment(item, images=self.said.images)
            if found is not None and found[0] in posts:
                posts[found[0]].add([found[1]])
        pages = counted(response, "X-WP-TotalPages")
        more = number < pages if pages is not None else len(items) == PER_PAGE
        if more and number == MOST_MEDIA:  # a file that is merely not shown must not look like one that was taken away
            raise PageError(response.url, "media?parent=", f"at most {MOST_MEDIA} pages", f"{pages or 'more'} pages")
        if more:
            yield self.optional(self._media(posts, number + 1), self.no_media)
        else:
            yield from self._told(posts.values())

    def no_media(self, why: str, response: Response | None, posts: dict[int, Post], number: int) -> Iterator[Output]:
        """No answer about what was uploaded. Without it these posts have no record: their files are not gone."""
        code = error_code(response) if response is not None else ""
        if number > 1 and code == BEYOND:
            yield from self._told(posts.values())
        elif response is not None and code:
            way = "what was uploaded to the posts (uploads = false in [parameters] reads them without)"
            raise PageError(response.url, "media?parent=", way, f"{why} {code}")
        else:  # asked again, as a question that counts
            yield self._media(posts, number).replace(dont_filter=True)

    def _check_end(self, response: Response, name: str, number: int) -> None:
        """Raises PageError, unless this says that a list of posts has no such page any more."""
        code = error_code(response)
        if number > 1 and code == BEYOND:
            return
        found = f"status {response.status} {code}".strip()
        if code == "rest_no_route" and name not in {"posts", "pages"}:
            raise PageError(response.url, f"{name} (parameters.types)", "posts of this type", found)
        raise PageError(
            response.url, f"page {number} of {name}",
            "posts by the REST API (source = 'sitemap' in [parameters] needs none)", found,
        )  # fmt: skip

    def declined(
        self, why: str, response: Response | None, name: str, number: int, chosen: dict[str, str]
    ) -> Iterator[Output]:
        """No list from the REST API. A site that has none, or says that it keeps it to itself, is read by its
        sitemaps. Anything else (a block page, an error of the server's, silence) may pass, and what it hides
        is not gone: the question is put again, as one that counts.
        """
        code = error_code(response) if response is not None else ""
        if response is None or not (response.status == 404 or (response.status in {401, 403} and code)):
            yield self._page(name, number, chosen).replace(dont_filter=True)
        elif not self._fallen:
            self._fallen = True
            found = f"{why} {code}".strip()
            yield Note(f"no REST API here ({found}): posts are read by sitemap and from their own pages")
            yield self.optional(self.by_sitemap(), self.no_sitemap)

    def _url(self, name: str, **query: str) -> str:
        url = self._api + name
        joint = "&" if "?" in self._api else "?"
        return f"{url}{joint}{urlencode(query, safe=',')}" if query else url


def counted(response: Response, header: str) -> int | None:
    """A number that a header says; None where it is not there. Raises PageError."""
    value = (response.headers.get(header) or b"").decode("latin-1").strip()
    if value and not (value.isascii() and value.isdigit() and len(value) < 10):
        raise PageError(response.url, header, "a whole number", repr(value[:40]))
    return int(value) if value else None


def error_code(response: Response) -> str:
    """The code by which WordPress names an error (`rest_no_route`); empty where the answer has none."""
    try:
        found = Answer(response.url, msgspec.json.decode(response.body)).optional_text("code")
    except (PageError, ValueError, RecursionError):
        return ""
    return (found or "")[:60]
