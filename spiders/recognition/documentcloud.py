"""Recognises a project, an organization or a search on DocumentCloud, proven by its API's answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from spiders.errors import PageError
from spiders.recognition.model import HINT, PROOF, STRONG, Proposal, Question, Recogniser, Seen, Sign

PROJECT = re.compile(r"/projects/(?:[\w-]*-)?(\d+)(?:-[\w-]*)?/?")
NAMED = re.compile(r"\+?\b(organization|group|project|projects|user|account):(?:[\w-]*-)?(\d+)")
ALSO = {"group": "organization", "projects": "project", "account": "user"}
"""The site's search has two words for some filters."""
SITE = re.compile(r"og:site_name[\"'][^>]{0,40}DocumentCloud|//embed\.documentcloud\.org", re.IGNORECASE)


class DocumentCloudRecogniser(Recogniser):
    """What the address names: there is one DocumentCloud, and nobody watches all of it."""

    platform = "DocumentCloud"
    spider = "documentcloud"

    def signs(self, seen: Seen) -> list[Sign]:
        found = []
        if SITE.search(seen.text):
            found.append(Sign("the page says it is DocumentCloud", STRONG))
        try:
            first = next(iter(seen.answer.many("results")), None)
            if first is not None and first.has("asset_url") and first.has("canonical_url"):
                found.append(Sign("an answer with asset_url and canonical_url of each document", PROOF))
        except PageError:
            pass
        if _named(seen.url):
            found.append(Sign("the address names a project, an organization or a search", HINT))
        return found

    def questions(self, seen: Seen) -> list[Question]:
        named, host = _named(seen.url), seen.host
        if not named:
            return []
        api = f"https://{host if host.startswith('api.') else f'api.{host}'}/api/"
        asked = {"q" if name == "query" else name: value for name, value in named.items()}
        found = [
            Question("count", f"{api}documents/search/?{urlencode({**asked, 'sort': '-created_at', 'per_page': 3})}")
        ]
        found += [
            Question(name, f"{api}{name}s/{named[name]}/") for name in ("project", "organization") if name in named
        ]
        return found

    def propose(self, seen: Seen, answers: Mapping[str, Seen]) -> Proposal | None:
        named = _named(seen.url)
        if not named or "count" not in answers or answers["count"].status != 200:
            return None
        counted = answers["count"].answer
        found = counted.many("results")
        if found and not (found[0].has("asset_url") and found[0].has("canonical_url")):
            return None
        names = {
            kind: answers[kind].answer.optional_text(key) or ""
            for kind, key in (("project", "title"), ("organization", "name"))
            if kind in answers and answers[kind].status == 200
        }
        total = counted.number("count")
        return Proposal(
            self.spider, seen.url, name=next(filter(None, names.values()), f"DocumentCloud: {named.get('query', '')}".rstrip(": ")),
            agency=names.get("organization", ""), parameters=named, records=total, files=total,
            canaries=tuple(document.text("id") for document in found[:1]),
            evidence=(f"its API counts {total:,} documents and says asset_url and canonical_url of each",),
            doubts=("a search ends at some page, and its results may come late",) if "query" in named else (),
        )  # fmt: skip


def _named(url: str) -> dict[str, Any]:
    """The [parameters] that an address stands for; empty where it names nothing."""
    parts = urlsplit(url)
    try:
        asked = parse_qs(parts.query)
    except ValueError:
        return {}
    if found := PROJECT.fullmatch(parts.path):
        return {"project": int(found[1][:18])}
    words = " ".join(asked.get("q", []))
    named: dict[str, Any] = {ALSO.get(name, name): int(number[:18]) for name, number in NAMED.findall(words)}
    named |= {
        name: int(asked[name][0][:18])
        for name in ("organization", "project", "user")
        if asked.get(name, [""])[0].isdecimal()
    }
    if rest := " ".join(NAMED.sub(" ", words).split()):
        named["query"] = rest
    return named
