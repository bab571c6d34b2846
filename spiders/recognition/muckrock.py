"""Recognises an agency's, a place's or a tag's page on MuckRock, proven by how its API turns strangers away."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from spiders.errors import PageError
from spiders.recognition.model import HINT, PROOF, STRONG, Proposal, Question, Recogniser, Seen, Sign

AGENCY = re.compile(r"/agency/[\w-]+-\d+/[\w-]+-(\d+)/?")
TAG = re.compile(r"/tags/([\w-]+)/?")
SITE = re.compile(r"og:site_name[\"'][^>]{0,40}MuckRock|//cdn\.muckrock\.com", re.IGNORECASE)
ACCOUNT = (
    "MuckRock's API answers nobody without an account's token: put it into an environment variable, and "
    '`[token]` with variable = "MUCKROCK_TOKEN" into the file (docs/portals/muckrock.md)'
)


class MuckRockRecogniser(Recogniser):
    """What the address names: there is one MuckRock, and nobody watches all of it."""

    platform = "MuckRock"
    spider = "muckrock"

    def signs(self, seen: Seen) -> list[Sign]:
        found = []
        if SITE.search(seen.text):
            found.append(Sign("the page says it is MuckRock", STRONG))
        if _lists_requests(seen):
            found.append(Sign("an answer with agency and datetime_submitted of each request", PROOF))
        if _named(seen.url):
            found.append(Sign("the address names an agency, a tag or a list of requests", HINT))
        return found

    def questions(self, seen: Seen) -> list[Question]:
        return [Question("api", seen.join("/api_v2/requests/?page_size=1"))] if _named(seen.url) else []

    def propose(self, seen: Seen, answers: Mapping[str, Seen]) -> Proposal | None:
        named = _named(seen.url)
        if not named or "api" not in answers:
            return None
        api = answers["api"]
        if api.status == 401:
            api.answer.text("detail")
            # Many an API answers so: its site must say that it is MuckRock's, unless that turns programs away.
            if not ("muckrock" in seen.host or any(sign.weight >= STRONG for sign in self.signs(seen))):
                return None
            evidence = "its API at /api_v2/requests/ asks for an account's token"
        elif api.status == 200 and _lists_requests(api):
            evidence = "its API at /api_v2/requests/ lists requests"
        else:
            return None
        agency = ""
        if "agency" in named and "html" in seen.header("Content-Type"):
            heading = seen.page.many("h1")
            agency = heading[0].text if heading else ""
        return Proposal(
            self.spider, seen.url, name=f"MuckRock requests: {agency or next(iter(named.values()))}", agency=agency,
            parameters=named, evidence=(evidence,), doubts=(ACCOUNT,),
        )  # fmt: skip


def _named(url: str) -> dict[str, Any]:
    """The [parameters] that an address stands for; empty where it names nothing."""
    parts = urlsplit(url)
    if found := AGENCY.fullmatch(parts.path):
        return {"agency": int(found[1][:18])}
    if found := TAG.fullmatch(parts.path):
        return {"tag": found[1].replace("-", " ")}
    if not re.fullmatch(r"/api_v[12]/(?:foia|requests)/", parts.path):
        return {}
    asked = parse_qs(parts.query)
    named: dict[str, Any] = {
        name: int(asked[name][0][:18]) for name in ("agency", "jurisdiction") if asked.get(name, [""])[0].isdecimal()
    }
    named |= {name: asked[key][0] for name, key in (("tag", "tags"), ("title", "title")) if key in asked}
    if named and "/api_v1/" in parts.path:
        named["api"] = "v1"
    return named


def _lists_requests(seen: Seen) -> bool:
    try:
        first = next(iter(seen.answer.many("results")), None)
        return first is not None and first.has("agency") and first.has("datetime_submitted")
    except PageError:
        return False
