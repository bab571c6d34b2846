"""WordPress: its REST API's address in head and headers, its generator, the folders of themes and uploads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from spiders.errors import PageError
from spiders.page import clean_link, tidy
from spiders.platforms.wordpress import counted, error_code
from spiders.platforms.wordpress_posts import key_of_number
from spiders.recognition.model import HINT, PROOF, STRONG, Proposal, Question, Recogniser, Seen, Sign
from spiders.sitemap import read_sitemap

API = re.compile(r"<([^<>\s]{1,500})>\s*;\s*rel=\"?https://api\.w\.org/\"?")
OPENING = 400_000
"""Characters of a page that are looked at."""
OWN_TYPES = frozenset({
    "post", "page", "attachment", "nav_menu_item", "wp_block", "wp_template", "wp_template_part", "wp_navigation",
    "wp_global_styles", "wp_font_family", "wp_font_face",
})  # fmt: skip
"""Kinds of post that every WordPress has."""


class WordPressRecogniser(Recogniser):
    """Any WordPress site, whoever publishes there."""

    platform = "WordPress"
    spider = "wordpress"

    def signs(self, seen: Seen) -> list[Sign]:
        found, text = [], seen.text[:OPENING]
        if API.search(seen.header("Link")[:4000]):
            found.append(Sign("the header Link names a WordPress REST API", PROOF))
        if re.search(r"<link[^<>]{0,300}\brel=[\"']https://api\.w\.org/[\"']", text):
            found.append(Sign("the page's head names a WordPress REST API", PROOF))
        if re.search(r"<meta[^<>]{0,200}\bcontent=[\"']WordPress\b", text):
            found.append(Sign("the page says that WordPress made it", STRONG))
        if re.search(r"[\"'(/]wp-(?:content/(?:themes|plugins)|includes)/", text):
            found.append(Sign("the page loads from /wp-content/ or /wp-includes/", STRONG))
        elif "/wp-content/" in text:
            found.append(Sign("the page links to /wp-content/", HINT))
        return found

    def questions(self, seen: Seen) -> list[Question]:
        api = _api(seen)
        joint = "&" if "?" in api else "?"
        json = (("Accept", "application/json"),)
        return [
            Question("site", f"{api}{joint}_fields=name,home,url,timezone_string,namespaces", headers=json),
            Question("posts", f"{api}wp/v2/posts{joint}per_page=1&order=asc&_fields=id,type,link,date", headers=json),
            Question("media", f"{api}wp/v2/media{joint}per_page=1&media_type=application&_fields=id", headers=json),
            Question("types", f"{api}wp/v2/types", headers=json),
            Question("sitemap", urljoin(_home(seen, {}), "wp-sitemap.xml")),
            Question("plugin-sitemap", urljoin(_home(seen, {}), "sitemap_index.xml")),
        ]

    def propose(self, seen: Seen, answers: Mapping[str, Seen]) -> Proposal | None:
        evidence = tuple(sign.words for sign in self.signs(seen))
        if not evidence:
            return None
        home, api = _home(seen, answers), _api(seen)
        site = _json(answers.get("site"))
        name = tidy(unescape(str(site.get("name") or ""))) or _title(seen)
        timezone = str(site.get("timezone_string") or "")
        parameters: dict[str, Any] = {}
        if clean_link(home, "/wp-json/") != api:
            parameters["api"] = api
        posts = answers.get("posts")
        total = _count(posts)
        if posts is not None and posts.status == 200 and total is not None:
            media = _count(answers.get("media"))
            if media is None:
                parameters["uploads"] = False
            kept = (
                ()
                if media is not None
                else ("what is uploaded to posts is kept from visitors: files are those that posts link to",)
            )
            return Proposal(
                self.spider, home, name, parameters=parameters, timezone=timezone, canaries=_canary(posts), records=total,
                files=media, evidence=(*evidence, f"its REST API counts {total:,} posts"),
                doubts=(*_doubts(answers.get("types")), *kept),
            )  # fmt: skip
        return self._without_api(answers, home, name, evidence)

    def _without_api(self, answers: Mapping[str, Seen], home: str, name: str, evidence: tuple[str, ...]) -> Proposal:
        posts = answers.get("posts")
        code = error_code(posts.response) if posts is not None else ""
        why = f"{posts.status} {code}".strip() if posts is not None else "no answer"
        doubt = f"its REST API does not list posts ({why}): text and files are read from each post's own page, one request each"
        for question in ("sitemap", "plugin-sitemap"):
            listed = answers.get(question)
            if listed is None or listed.status != 200:
                continue
            try:
                inner = read_sitemap(listed.url, listed.response.body).sitemaps
            except PageError:
                continue
            if any("post" in urlsplit(place.url).path for place in inner):
                path = urlsplit(listed.url).path
                return Proposal(
                    self.spider, home, name, parameters={"source": "sitemap", "sitemap": path}, evidence=(
                        *evidence, f"{path} lists its posts"), doubts=(doubt,),
                )  # fmt: skip
        return Proposal(
            self.spider, home, name, parameters={"source": "feed"}, evidence=evidence,
            doubts=(doubt, "neither has it a sitemap by type: the feed shows the newest posts alone"),
        )  # fmt: skip


def _api(seen: Seen) -> str:
    """Where the REST API is: as the header or the head says, else at its usual place; ends in `/`."""
    found = API.search(seen.header("Link")[:4000])
    link = clean_link(seen.url, found[1]) if found else ""
    if not link:
        tag = re.search(r"<link[^<>]{0,300}\brel=[\"']https://api\.w\.org/[\"'][^<>]{0,300}>", seen.text[:OPENING])
        address = re.search(r"\bhref=[\"']([^\"'<>\s]{1,500})[\"']", tag[0]) if tag else None
        link = clean_link(seen.url, unescape(address[1])) if address else ""
    if not link or urlsplit(link).hostname != urlsplit(seen.url).hostname:
        link = clean_link(seen.url, "/wp-json/")
    return link if link.endswith("/") else link + "/"


def _home(seen: Seen, answers: Mapping[str, Seen]) -> str:
    """The site's first page, as the API says it, where that is on the host that was asked for."""
    said = clean_link(seen.url, str(_json(answers.get("site")).get("home") or ""))
    if said and urlsplit(said).hostname == urlsplit(seen.url).hostname:
        return said if said.endswith("/") else said + "/"
    path = urlsplit(_api(seen)).path.partition("wp-json")[0]
    return clean_link(seen.url, path or "/") or seen.url


def _json(seen: Seen | None) -> dict[str, Any]:
    try:
        value = seen.answer.value if seen is not None and seen.status == 200 else {}
    except PageError:
        return {}
    return value if isinstance(value, dict) else {}


def _count(seen: Seen | None) -> int | None:
    try:
        return counted(seen.response, "X-WP-Total") if seen is not None and seen.status == 200 else None
    except PageError:
        return None


def _canary(posts: Seen) -> tuple[str, ...]:
    """The oldest post."""
    try:
        return tuple(key_of_number(one.text("type"), one.number("id")) for one in posts.answer.many()[:1])
    except PageError:
        return ()


def _doubts(types: Seen | None) -> list[str]:
    names = [
        str(one.get("rest_base") or name)
        for name, one in _json(types).items()
        if name not in OWN_TYPES and isinstance(one, dict)
    ]
    if not names:
        return []
    return [
        f"the site has further kinds of posts: {', '.join(sorted(names)[:12])} (name them in parameters.types to watch them)"
    ]


def _title(seen: Seen) -> str:
    try:
        return next((part.text for part in seen.page.many("head title")), "")
    except PageError:
        return ""
