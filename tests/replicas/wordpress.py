"""A WordPress site: REST API, sitemaps (its own and a plugin's), feed and pages. FICTIONAL content.

Hazards:
    no-rest: the REST API is not there (404, the theme's page)
    rest-off: a plugin keeps it from visitors (401, `rest_not_logged_in`)
    rest-blocked: a firewall refuses it (403, no JSON)
    no-counts: a cache strips X-WP-Total and X-WP-TotalPages
    hidden: one more post is counted than is shown, as membership plugins do
    endless: `page` is ignored, page 1 comes for ever
    shorter: the last page that was announced is gone when it is asked for
    no-media: attachments are kept from visitors
    no-text: the REST API gives empty content, as with page builders and custom fields
    plugin-sitemap: Yoast's sitemap_index.xml instead of wp-sitemap.xml
    no-sitemap: neither
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from html import escape
from typing import Any, ClassVar
from urllib.parse import quote

from tests.replicas.server import Asked, PlatformReplica, Reply

HOST = "news.lakeharbor-police.example"
SITE = f"https://{HOST}"
UPLOADS = f"{SITE}/wp-content/uploads"
NAME = "Lake Harbor Police News (FICTIONAL)"
PDF = b"%PDF-1.4\n% fictional\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
TERMS = {"category": {3: ("critical-incidents", "Critical &amp; Other Incidents"), 4: ("policy", "Policy")},
         "post_tag": {9: ("body-cam", "Body cam")}}  # fmt: skip


@dataclass(frozen=True)
class Media:
    id: int
    path: str
    title: str
    mime: str = "application/pdf"
    body: bytes = PDF

    @property
    def url(self) -> str:
        return f"{UPLOADS}/{self.path}"


@dataclass(frozen=True)
class Post:
    id: int
    slug: str
    title: str
    content: str
    at: str
    modified: str = ""
    type: str = "post"
    categories: tuple[int, ...] = (3,)
    tags: tuple[int, ...] = ()
    media: tuple[Media, ...] = ()
    protected: bool = False
    parent: str = ""

    @property
    def link(self) -> str:
        slug = quote(self.slug).lower()
        if self.type == "page":
            return f"{SITE}/{self.parent}{slug}/"
        return (
            f"{SITE}/{self.at[:10].replace('-', '/')}/{slug}/" if self.type == "post" else f"{SITE}/{self.type}/{slug}/"
        )


def posts() -> list[Post]:
    """What the site starts with, newest first."""
    report = Media(201, "2026/05/LH-26-0117-report.pdf", "LH-26-0117 report")
    memo = Media(202, "2026/05/LH-26-0117-memo.pdf", "Memo (attached, not linked)")
    photo = Media(203, "2026/05/pier.jpg", "pier", "image/jpeg", b"\xff\xd8\xff\xe0fictional")
    audio = Media(204, "2026/03/dispatch.mp3", "Dispatch audio", "audio/mpeg", b"ID3fictional")
    return [
        Post(117, "pier-street-shooting-video", "Video &#8211; Pier Street shooting",
             f'<p>The department released video of the shooting on Pier Street.</p>\n<p><a href="{report.url}">Report\n (PDF)</a>'
             f' <a href="{photo.url}"><img src="{photo.url}" alt="pier"></a></p>\n<figure class="wp-block-embed">'
             '<iframe title="Body-worn camera" src="https://www.youtube.com/embed/LhFictional1?feature=oembed"></iframe></figure>'
             '<nav><a href="/wp-content/uploads/2020/01/menu.pdf">Menu</a></nav>',
             "2026-05-04T09:30:00", "2026-05-05T10:00:00", tags=(9,), media=(report, memo, photo)),
        Post(116, "café-hearing", "Hearing at the Caf\u00e9", "<p>A hearing was held.</p><p>Details follow on our "
             '<a href="https://www.youtube.com/user/lakeharbor">channel</a>.</p>', "2026-04-20T12:00:00", categories=(4,)),
        Post(115, "internal-note", "Protected: note", "", "2026-04-11T08:00:00", protected=True),
        Post(114, "dispatch-audio", "Dispatch audio of 3 March", f'<p>Listen:</p><audio controls src="{audio.url}"></audio>'
             '<p><a href="https://player.vimeo.com/video/990000114?h=0a1b2c">Dash camera</a></p>',
             "2026-03-09T16:45:00", media=(audio,)),
        Post(113, "policy-on-pursuits", "Policy on pursuits", "<p>Read the policy.</p><p><a href='/wp-content/uploads/2026/02/"
             "pursuits.pdf'>Pursuits</a></p>", "2026-02-02T07:15:00", categories=(4,)),
        Post(112, "crowd-management", "Crowd management", "<p>No documents yet.</p>", "2026-01-15T07:15:00", categories=(4,)),
        Post(111, "welcome", "Welcome", "<p>This site replaces the old one.</p>", "2026-01-02T07:15:00"),
        Post(31, "about", "About", "<p>Who we are.</p>", "2026-01-01T07:00:00", type="page", categories=()),
        Post(32, "records", "Records", "<p>How to ask for records.</p>", "2026-01-01T07:05:00", type="page", categories=(),
             parent="about/"),
        Post(51, "lh-26-0117", "LH-26-0117", "<p>Case opened.</p>", "2026-05-01T07:00:00", type="case", categories=()),
    ]  # fmt: skip


@dataclass
class State:
    posts: list[Post] = field(default_factory=posts)
    files: dict[str, bytes] = field(default_factory=lambda: {"/wp-content/uploads/2026/02/pursuits.pdf": PDF})


class WordPressReplica(PlatformReplica):
    """The site; tests edit `state.posts`."""

    hosts: ClassVar[tuple[str, ...]] = (HOST,)
    start: ClassVar[str] = f"{SITE}/"

    def __init__(self, *hazards: str, hosts: tuple[str, ...] = ()) -> None:
        self.state = State()
        self.moved: dict[str, str] = {}
        """Old path → new path of posts whose slug was edited: WordPress redirects."""
        super().__init__(*hazards, hosts=hosts)

    def edit(self, number: int, **change: Any) -> None:
        """Change a post."""
        self.state.posts = [replace(post, **change) if post.id == number else post for post in self.state.posts]

    def reply(self, asked: Asked) -> Reply:
        path, query = asked.path, asked.query
        if path in self.moved:
            return Reply("", 301, headers=(("Location", SITE + self.moved[path]), ("X-Redirect-By", "WordPress")))
        if path.startswith("/wp-json"):
            return self._rest(path.removeprefix("/wp-json").strip("/"), query)
        if path in {"/wp-sitemap.xml", "/sitemap_index.xml"} or path.startswith(
            ("/wp-sitemap-posts-", "/post-sitemap")
        ):
            return self._sitemap(path)
        if path == "/feed/":
            return self._feed()
        for post in self.state.posts:
            if post.link == asked.url:
                return self._page(post)
            for media in post.media:
                if media.url == asked.url:
                    return self._file(asked, media.body, media.mime)
        if path in self.state.files:
            return self._file(asked, self.state.files[path], "application/pdf")
        if path == "/":
            return self._frame(NAME, "<h1>News</h1><p>The latest.</p>")
        return self._missing()

    def _file(self, asked: Asked, body: bytes, mime: str) -> Reply:
        tag = f'"{len(body):x}-{sum(body):x}"'
        if asked.headers.get("if-none-match") == tag:
            return Reply(b"", 304, mime, (("ETag", tag),))
        return Reply(body, kind=mime, headers=(("ETag", tag),))

    # The REST API.

    def _rest(self, path: str, query: dict[str, str]) -> Reply:
        if "no-rest" in self.hazards:
            return self._missing()
        if "rest-off" in self.hazards:
            return _error(401, "rest_not_logged_in", "Only authenticated users can access the REST API.")
        if "rest-blocked" in self.hazards:
            return Reply("<html><head><title>403 Forbidden</title></head><body><h1>Forbidden</h1></body></html>", 403)
        if not path:
            return Reply({"name": NAME, "description": "", "url": SITE, "home": SITE, "gmt_offset": "-6",
                          "timezone_string": "America/Chicago", "namespaces": ["wp/v2"]})  # fmt: skip
        name = path.removeprefix("wp/v2/")
        kinds = {"posts": "post", "pages": "page", "cases": "case"}
        if name == "types":
            return Reply({kind: {"name": kind.title(), "slug": kind, "rest_base": base} for base, kind in kinds.items()}
                         | {"attachment": {"name": "Media", "slug": "attachment", "rest_base": "media"}})  # fmt: skip
        if name == "media":
            return self._media(query)
        if name in {"categories", "tags"}:
            wanted = query.get("slug", "").split(",")
            terms = TERMS["category" if name == "categories" else "post_tag"]
            return Reply([{"id": number, "slug": slug} for number, (slug, _) in terms.items() if slug in wanted])
        if name not in kinds:
            return _error(404, "rest_no_route", "No route was found matching the URL and request method.")
        chosen = [post for post in self.state.posts if post.type == kinds[name]]
        for key, attribute in (("categories", "categories"), ("tags", "tags")):
            if query.get(key):
                ids = {int(one) for one in query[key].split(",")}
                chosen = [post for post in chosen if ids & set(getattr(post, attribute))]
        if query.get("search"):
            chosen = [post for post in chosen if query["search"].lower() in (post.title + post.content).lower()]
        chosen.sort(key=lambda post: post.at, reverse=query.get("order") != "asc")
        return self._paged(chosen, query, self._item)

    def _paged(self, rows: list[Any], query: dict[str, str], item: Any) -> Reply:
        per, number = int(query.get("per_page", "10")), int(query.get("page", "1"))
        if not 1 <= per <= 100:
            return _error(400, "rest_invalid_param", "Invalid parameter(s): per_page")
        pages = -(-len(rows) // per)
        if "endless" in self.hazards:
            number = 1
        if (number > pages and rows) or ("shorter" in self.hazards and number == pages > 1):
            return _error(400, "rest_post_invalid_page_number",
                          "The page number requested is larger than the number of pages available.")  # fmt: skip
        shown = [item(row, query) for row in rows[(number - 1) * per : number * per]]
        total = len(rows) + ("hidden" in self.hazards)
        headers = () if "no-counts" in self.hazards else (("X-WP-Total", str(total)), ("X-WP-TotalPages", str(pages)))
        return Reply(shown, headers=headers)

    def _item(self, post: Post, query: dict[str, str]) -> dict[str, Any]:
        modified = post.modified or post.at
        content = "" if "no-text" in self.hazards else post.content
        found: dict[str, Any] = {
            "id": post.id, "date": post.at, "date_gmt": post.at, "guid": {"rendered": f"{SITE}/?p={post.id}"},
            "modified_gmt": modified, "slug": quote(post.slug).lower(), "type": post.type, "link": post.link,
            "title": {"rendered": post.title}, "content": {"rendered": content, "protected": post.protected},
            "author": 1, "featured_media": 0,
        }  # fmt: skip
        wanted = query.get("_fields", "").split(",") if query.get("_fields") else list(found)
        shown = {name: value for name, value in found.items() if name in wanted}
        if "_embedded" in wanted and query.get("_embed") and post.type == "post":
            shown["_embedded"] = {"wp:term": [
                [{"id": one, "name": TERMS[taxonomy][one][1], "slug": TERMS[taxonomy][one][0], "taxonomy": taxonomy} for one in ids]
                for taxonomy, ids in (("category", post.categories), ("post_tag", post.tags))]}  # fmt: skip
        return shown

    def _media(self, query: dict[str, str]) -> Reply:
        if "no-media" in self.hazards:
            return _error(401, "rest_forbidden", "Sorry, you are not allowed to do that.")
        parents = {int(one) for one in query.get("parent", "").split(",") if one}
        rows = [(post, media) for post in self.state.posts for media in post.media]
        rows = [row for row in rows if row[0].id in parents or not query.get("parent")]
        rows = [row for row in rows if row[1].mime.startswith(query.get("media_type", ""))]
        return self._paged(rows, query, lambda row, _: {
            "id": row[1].id, "post": row[0].id, "source_url": row[1].url, "title": {"rendered": row[1].title},
            "mime_type": row[1].mime,
        })  # fmt: skip

    # Sitemaps, feed and pages.

    def _sitemap(self, path: str) -> Reply:
        plugin = "plugin-sitemap" in self.hazards
        index = "/sitemap_index.xml" if plugin else "/wp-sitemap.xml"
        kind = {
            "/wp-sitemap-posts-post-1.xml": "post",
            "/wp-sitemap-posts-page-1.xml": "page",
            "/post-sitemap.xml": "post",
        }
        if "no-sitemap" in self.hazards or (path.endswith(("sitemap.xml", "index.xml")) and path not in {index, *kind}):
            return self._missing()
        if path == index:
            names = ["post-sitemap.xml", "page-sitemap.xml"] if plugin else [
                "wp-sitemap-posts-post-1.xml", "wp-sitemap-posts-page-1.xml", "wp-sitemap-users-1.xml"]  # fmt: skip
            rows = "".join(f"<sitemap><loc>{SITE}/{name}</loc></sitemap>" for name in names)
            return _xml(f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</sitemapindex>')
        if path not in kind:
            return self._missing()
        found = [post for post in self.state.posts if post.type == kind[path] and not post.protected]
        rows = f"<url><loc>{SITE}/</loc></url>" if plugin else ""
        rows += "".join(
            f"<url><loc>{post.link}</loc><lastmod>{post.modified or post.at}+00:00</lastmod></url>" for post in found
        )
        return _xml(f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>')

    def _feed(self) -> Reply:
        newest = [post for post in self.state.posts if post.type == "post" and not post.protected][:4]
        items = "".join(
            f'<item><title>{post.title}</title><link>{post.link}</link><guid isPermaLink="false">{SITE}/?p={post.id}</guid></item>'
            for post in newest
        )
        return Reply(f'<?xml version="1.0"?><rss version="2.0"><channel><title>{escape(NAME)}</title>'
                     f"<link>{SITE}</link>{items}</channel></rss>", kind="application/rss+xml; charset=UTF-8")  # fmt: skip

    def _page(self, post: Post) -> Reply:
        body = "<p>This content is password protected.</p>" if post.protected else post.content
        return self._frame(
            post.title,
            f'<link rel="shortlink" href="{SITE}/?p={post.id}" /><article class="post-{post.id}"><h1 class="entry-title">{post.title}</h1>'
            f'<time class="entry-date published" datetime="{post.at}+00:00">a day</time>'
            f'<div class="entry-content">{body}</div></article>',
        )

    def _frame(self, title: str, body: str) -> Reply:
        rest = "" if "no-rest" in self.hazards else f'<link rel="https://api.w.org/" href="{SITE}/wp-json/" />'
        link = () if "no-rest" in self.hazards else (("Link", f'<{SITE}/wp-json/>; rel="https://api.w.org/"'),)
        return Reply(
            f'<!DOCTYPE html><html lang="en-US"><head><meta charset="UTF-8"><title>{title} | {escape(NAME)}</title>'
            f'<meta name="generator" content="WordPress 6.5.2" />{rest}'
            f'<link rel="stylesheet" href="{SITE}/wp-content/themes/harbor/style.css"></head><body>'
            '<nav class="menu"><a href="/">News</a> <a href="/wp-content/uploads/2020/01/menu.pdf">Menu</a></nav>'
            f"<main>{body}</main><footer><p>Lake Harbor</p></footer></body></html>",
            headers=link,
        )

    def _missing(self) -> Reply:
        return replace(
            self._frame("Page not found", "<p>It looks like nothing was found at this location.</p>"), status=404
        )


def _error(status: int, code: str, message: str) -> Reply:
    return Reply({"code": code, "message": message, "data": {"status": status}}, status)


def _xml(text: str) -> Reply:
    return Reply(f'<?xml version="1.0" encoding="UTF-8"?>{text}', kind="application/xml; charset=UTF-8")
