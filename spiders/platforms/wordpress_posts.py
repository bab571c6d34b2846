"""What a WordPress post says: out of the REST API's JSON, or out of its own page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape
from typing import Literal
from urllib.parse import unquote, urlsplit

import msgspec

from releases.model import File, Record, Value
from spiders.answer import Answer
from spiders.errors import PageError
from spiders.links import Identity, file_of, is_document, kind_of
from spiders.page import Part, clean_link, parse, tidy
from spiders.players import media_file
from spiders.watched import main_text, steady, title_of, told_links

WATCHED = re.compile(
    r"(?:youtube(?:-nocookie)?\.com/(?:watch|embed/|shorts/|live/)|youtu\.be/|vimeo\.com/(?:video/)?\d|"
    r"soundcloud\.com/(?:player|tracks)|api\.soundcloud\.com/)",
    re.IGNORECASE,
)
"""Links that play one thing; a channel's address is no video."""
PLAYER = "Embedded player"
"""The name of what a page plays and does not name."""
MARKUP = re.compile(r"<[^<>]*>")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?")
BY_REST = frozenset({"title", "text", "links", "published", "categories", "tags", "protected"})
BY_PAGE = frozenset({"page_title", "page_text", "page_links", "page_published"})
"""Fields by where they are read: what another source would say is unknown, never gone."""
REST_NAMES = {"posts": "post", "pages": "page"}


class WordPressSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The [parameters] of a WordPress site."""

    types: tuple[str, ...] = ("posts",)
    """Kinds of post as the REST API names them: posts, pages, or a custom one (`case`)."""
    source: Literal["rest", "sitemap", "feed", "auto"] = "rest"
    """`auto`: the REST API, or the sitemap where there is none."""
    content: Literal["rest", "page"] = "rest"
    """Where the list is the REST API's: whether its text is read, or each post's own page."""
    categories: tuple[str, ...] = ()
    """Only posts of these categories; slugs, as in `/category/<slug>/`."""
    tags: tuple[str, ...] = ()
    search: str = ""
    per_page: int = 100
    """Posts asked for at once; fewer where the site takes too long over a hundred."""
    newest: int = 0
    """How many of the newest posts are listed in each crawl, in whole pages; 0 for all. Older ones stay known,
    and are withdrawn only when their own pages are gone."""
    uploads: bool = True
    """Whether what was uploaded to a post counts as its file, beside what its text links to."""
    images: bool = False
    """Whether pictures are files of a post."""
    api: str = ""
    """Where the REST API is; `/wp-json/` on the portal's host unless told."""
    sitemap: str = ""
    """`/wp-sitemap.xml` unless told."""
    feed: str = ""
    """`/feed/` unless told."""


@dataclass(slots=True)
class Post:
    """A post on its way: what the list said, and its files as they are found."""

    key: str
    id: int
    link: str
    kind: str
    title: str
    fields: dict[str, Value]
    files: dict[str, File]
    aliases: tuple[str, ...]
    raw: str = ""
    text: str = ""

    def add(self, files: Iterable[File]) -> None:
        for file in files:
            name = file.identity or urlsplit(file.url).path
            known = self.files.get(name)
            if known is None or known.name == PLAYER:
                self.files[name] = file

    def record(self) -> Record:
        return Record(
            self.key, self.kind, self.link, self.title, self.fields, tuple(self.files.values()), self.aliases,
            raw=self.raw, text=self.text,
            # Saving a post without changing a word moves this date.
            flapping=frozenset({"modified"}), absent_means_unknown=BY_REST | BY_PAGE,
        )  # fmt: skip


def key_of_link(kind: str, link: str) -> str:
    """`post/some-slug` of a post's address; pages by their whole path, for two may end alike.

    Raises:
        PageError: the address names no post.
    """
    parts = urlsplit(link)
    path = unquote(parts.path).strip("/").lower()
    name = path if kind == "page" else path.rpartition("/")[2]
    if not name and parts.query:  # plain permalinks: `/?p=41`
        name = f"?{parts.query}"
    if not name and kind != "page":
        raise PageError(link, "a post's address", "a path that ends in its slug", repr(parts.path))
    return f"{kind}/{name}"


def key_of_number(kind: str, number: int) -> str:
    """`post:117`, by the number that the REST API and a page's short link (`/?p=117`) say."""
    return f"{kind}:{number}"


def _number(page: Part) -> int:
    """The post's number by its page's short link; 0 where the page has none."""
    for part in page.many("link[rel=shortlink]")[:1]:
        found = re.search(r"[?&](?:p|page_id)=(\d{1,12})\Z", part.attribute("href"))
        if found:
            return int(found[1])
    return 0


def post_of(item: Answer, *, images: bool) -> Post:
    """A post of a REST list. Raises PageError."""
    kind, link, number = item.text("type"), clean_link(item.url, item.text("link")), item.number("id")
    if not link:
        raise item.wrong("link", "an http(s) link", item.value["link"])
    name = key_of_link(kind, link)
    content = item.optional("content")
    rendered = _rendered(content)
    protected = bool(content and content.optional_flag("protected"))
    part = parse(link, f"<main>{rendered}</main>")
    text = main_text(f"<main>{rendered}</main>") if rendered else ""
    files = files_in(part, images=images)
    taken = {file.url for file in files}
    title = tidy(unescape(MARKUP.sub("", _rendered(item.optional("title"))))) or name
    fields: dict[str, Value] = {
        "title": title,
        "text": steady(text) or None,
        "links": told_links(one for one in part.links() if one.href not in taken),
        "published": moment(item, "date_gmt") or moment(item, "date"),
        "modified": moment(item, "modified_gmt"),
        "protected": protected,
        **_terms(item),
    }
    guid = clean_link(item.url, unescape(_rendered(item.optional("guid"))))
    names = (name, link, *((guid,) if guid and guid != link else ()))
    post = Post(key_of_number(kind, number), number, link, kind, title, fields, {}, names, raw=rendered, text=text)
    post.add(files)
    return post


def page_post(kind: str, link: str, page: Part, html: str, *, images: bool) -> Post:
    """A post by its own page. Raises PageError where the page has no words."""
    text = main_text(html)
    if not text:
        raise PageError(page.url, "the main text", "words", "none (is the page made by a script?)")
    files = files_in(page, images=images)
    taken = {file.url for file in files}
    key = key_of_link(kind, link)
    title = next((head.text for head in page.many("h1.entry-title, article h1, main h1") if head.text), title_of(page))
    fields: dict[str, Value] = {
        "page_title": title,
        "page_text": steady(text),
        "page_links": told_links(one for one in page.links() if one.href not in taken),
        "page_published": _printed_moment(page),
    }
    number = _number(page)
    names = (key_of_number(kind, number), link) if number else (link,)
    post = Post(key, number, link, kind, title, fields, {}, names, raw=html, text=text)
    post.add(files)
    return post


def files_in(part: Part, *, images: bool) -> list[File]:
    """What a text links to or plays: documents, sound, video; navigation never counts."""
    found = []
    around: dict[int, bool] = {}
    for link in part.links():
        if (is_document(link.href) and (images or kind_of(link.href) != "image")) or WATCHED.search(link.href):
            found.append(file_of(link.href, link.label() or link.attribute("title"), part.url, Identity()))
    for player in part.many(
        "iframe[src], iframe[data-src], video[src], audio[src], video source[src], audio source[src]"
    ):
        address = player.attribute("src") if player.address("src") else player.attribute("data-src")
        if player.in_navigation(around) or (player.tag == "iframe" and not WATCHED.search(address)):
            continue
        kind = "audio" if "audio" in kind_of(clean_link(part.url, address)) or "soundcloud" in address else "video"
        file = media_file(part.url, address, player.attribute("title") or PLAYER, kind)
        if file is not None:
            found.append(file)
    return found


def attachment(item: Answer, *, images: bool) -> tuple[int, File] | None:
    """The post it was uploaded to, and the file; None where it belongs to none, or is a picture. Raises PageError."""
    parent, url = item.optional_number("post"), clean_link(item.url, item.text("source_url"))
    if not url:
        raise item.wrong("source_url", "an http(s) link", item.value["source_url"])
    mime = item.optional_text("mime_type") or ""
    if not parent or (mime.startswith("image/") and not images):
        return None
    name = tidy(unescape(MARKUP.sub("", _rendered(item.optional("title"))))) or urlsplit(url).path.rsplit("/", 1)[-1]
    kind = mime.partition("/")[0] if mime.startswith(("image/", "video/", "audio/")) else kind_of(url)
    return parent, File(url, name, kind)


def moment(item: Answer, key: str) -> str | None:
    """A date of WordPress as ISO 8601; with `Z` where the key says that it is UTC. Raises PageError."""
    text = item.optional_text(key)
    if text is None or text.startswith("0000-00-00"):
        return None
    if MOMENT.fullmatch(text) is None:
        raise item.wrong(key, "a date as YYYY-MM-DDTHH:MM:SS", text)
    return text + "Z" * key.endswith("_gmt")


def _rendered(item: Answer | None) -> str:
    """`rendered` as served: white space in it is markup."""
    value = item.value.get("rendered") if item is not None else None
    if item is not None and value is not None and not isinstance(value, str):
        raise item.wrong("rendered", "a text", value)
    return value or ""


def _terms(item: Answer) -> dict[str, Value]:
    """Names of categories and tags, where the site embeds them; without them nothing is known."""
    embedded = item.optional("_embedded")
    groups = embedded.value.get("wp:term") if embedded is not None else None
    if not isinstance(groups, list):
        return {}
    found: dict[str, list[str]] = {"category": [], "post_tag": []}
    for group in groups:
        for term in group if isinstance(group, list) else ():
            if isinstance(term, dict) and term.get("taxonomy") in found and isinstance(term.get("name"), str):
                found[term["taxonomy"]].append(tidy(unescape(term["name"])))
    return {"categories": sorted(found["category"]), "tags": sorted(found["post_tag"])}


def _printed_moment(page: Part) -> str | None:
    for selector, name in (
        ("meta[property='article:published_time']", "content"), ("time.entry-date.published", "datetime"),
        ("article time[datetime]", "datetime"),
    ):  # fmt: skip
        for part in page.many(selector)[:1]:
            if MOMENT.match(part.attribute(name)):
                return part.attribute(name)
    return None
