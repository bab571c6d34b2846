"""Recognises JustFOIA: by the public portal's shell, proven by the list that its API gives to anybody."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from spiders.platforms.justfoia import AT_ONCE
from spiders.recognition.model import HINT, STRONG, Proposal, Question, Recogniser, Seen, Sign

CANARIES = 3


class JustFoiaRecogniser(Recogniser):
    """A tenant's public portal."""

    platform = "JustFOIA"
    spider = "justfoia"

    def signs(self, seen: Seen) -> list[Sign]:
        found: list[Sign] = []
        text, path = seen.text, urlsplit(seen.url).path
        if "JustFOIA" in text and "/publicportal" in text + path:
            found.append(Sign("the page names JustFOIA and its public portal", STRONG))
        if seen.host.endswith(".justfoia.com") and seen.host != "www.justfoia.com":
            found.append(Sign(f"the host is {seen.host}", HINT))
        return found

    def questions(self, seen: Seen) -> list[Question]:
        body = {
            "searchText": None,
            "languageCode": "en",
            "page": 1,
            "pageSize": AT_ONCE,
            "sortBy": "requestDate",
            "descending": True,
        }
        headers = (("Accept", "application/json"), ("Content-Type", "application/json"))
        return [
            Question(
                "requests", seen.join("/publicportal/api/Search"), msgspec.json.encode(body, order="sorted"), headers
            )
        ]

    def propose(self, seen: Seen, answers: Mapping[str, Seen]) -> Proposal | None:
        if "requests" not in answers or answers["requests"].status != 200:
            return None
        rows = answers["requests"].answer.many("searchResults")
        numbers = [row.text("requestName") for row in rows]
        doubts = ['name the public-records law, e.g. laws = ["us-ca"]; without a timeline many terms stay unknown']
        if len(rows) == AT_ONCE:
            doubts.append("how many requests there are is not said before the last page")
        parts = urlsplit(seen.url)
        return Proposal(
            self.spider, f"{parts.scheme}://{parts.netloc}/publicportal/requests",
            records=None if len(rows) == AT_ONCE else len(rows), canaries=tuple(numbers[-CANARIES:]), doubts=tuple(doubts),
            evidence=("/publicportal/api/Search lists requests as JustFOIA does",),
        )  # fmt: skip
