"""Recognises a CKAN portal: by what its pages say made them, proven by its action API."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from spiders.answer import Answer
from spiders.errors import PageError
from spiders.platforms.ckan import root_of
from spiders.recognition.model import HINT, PROOF, STRONG, Proposal, Question, Recogniser, Seen, Sign

GENERATOR = re.compile(r"<meta\s[^>]{0,60}generator[\"'][^>]{0,40}content=[\"']ckan (\d[\w.]*)", re.IGNORECASE)
ORGANIZATION = re.compile(r"/organization/([\w-]+)/?$")


class CkanRecogniser(Recogniser):
    """A portal, or one organization of it."""

    platform = "CKAN"
    spider = "ckan"

    def signs(self, seen: Seen) -> list[Sign]:
        found = []
        if made := GENERATOR.search(seen.text):
            found.append(Sign(f"the page says that CKAN {made[1]} made it", PROOF))
        if "data-site-root=" in seen.text and "data-locale-root=" in seen.text:
            found.append(Sign("the page's body has data-site-root and data-locale-root", STRONG))
        if re.search(r"/(?:dataset|organization)(?:/|$)|/api/3/action/", urlsplit(seen.url).path):
            found.append(Sign("the address has /dataset, /organization or /api/3/action", HINT))
        return found

    def questions(self, seen: Seen) -> list[Question]:
        api, named = f"{root_of(seen.url)}/api/3/action", _named(seen.url)
        asked = {"rows": 1, "sort": "metadata_created asc"}
        asked |= {"q": named["query"]} if "query" in named else {}
        asked |= {"fq": f'organization:"{named["organization"]}"'} if "organization" in named else {}
        found = [
            Question("status", f"{api}/status_show"),
            Question("count", f"{api}/package_search?{urlencode(asked)}"),
        ]
        if "organization" in named:
            found.append(
                Question("organization", f"{api}/organization_show?{urlencode({'id': named['organization']})}")
            )
        return found

    def propose(self, seen: Seen, answers: Mapping[str, Seen]) -> Proposal | None:
        counted = _result(answers, "count")
        if counted is None:
            return None
        named, first = _named(seen.url), counted.many("results")
        status, organization = _result(answers, "status"), _result(answers, "organization")
        title = (status.optional_text("site_title") if status else None) or ""
        version = (status.optional_text("ckan_version") if status else None) or "of unknown version"
        agency = (organization.optional_text("title") if organization else None) or ""
        total = counted.number("count")
        each = len(first[0].many("resources")) if first else None
        return Proposal(
            self.spider, seen.url if named else f"{root_of(seen.url)}/dataset", name=": ".join(filter(None, [title, agency])),
            agency=agency or title, parameters=named, records=total, files=None if each is None else each * total,
            canaries=(first[0].text("id"),) if first else (),
            evidence=(f"its action API (CKAN {version}) counts {total:,} data sets",),
            doubts=() if named else ("all data sets of the portal: name an organization or a query to watch fewer",),
        )  # fmt: skip


def _result(answers: Mapping[str, Seen], name: str) -> Answer | None:
    """What an action answered, where it did."""
    try:
        if name in answers and answers[name].status == 200 and answers[name].answer.flag("success"):
            return answers[name].answer.one("result")
    except PageError:
        pass
    return None


def _named(url: str) -> dict[str, Any]:
    """The [parameters] that an address stands for."""
    parts = urlsplit(url)
    asked = parse_qs(parts.query)
    named: dict[str, Any] = {}
    if found := ORGANIZATION.search(parts.path):
        named["organization"] = found[1]
    elif re.fullmatch(r"[\w-]+", owner := asked.get("organization", [""])[0]):
        named["organization"] = owner
    if words := asked.get("q", [""])[0].strip():
        named["query"] = words
    return named
