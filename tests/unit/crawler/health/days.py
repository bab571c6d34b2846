"""A portal's crawls as the verdict sees them, day after day: figures are kept, the next day is judged by them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from archive.catalog.models import Crawl, Portal
from config.portal import Expect
from crawler.canaries import to_ask
from crawler.health import Findings, History, Judgement, history, judge
from releases.model import EmptyMarker, ListingPage, Record, Sighting

URL = "https://portal.example/cases/"
START = datetime(2026, 1, 1, 6, tzinfo=UTC)


def url_of(key: str) -> str:
    return f"{URL}{key}/"


def listing(keys: Sequence[str], per_page: int = 25, total: int | None = None, last: bool = True) -> list[ListingPage]:
    """Pages that show `keys`; the portal says where its list ends, unless `last` is False."""
    pages = max(1, -(-len(keys) // per_page))
    return [
        ListingPage(
            f"{URL}?page={n + 1}", n + 1, len(keys[n * per_page : (n + 1) * per_page]), last and n == pages - 1, total=total
        )
        for n in range(pages)
    ]  # fmt: skip


def seen(
    keys: Iterable[str], fields: Mapping[str, object] | None = None, lists: Sequence[ListingPage] | None = None
) -> Findings:
    """A crawl that listed and read `keys`. `fields`: name → value, or a function of the record's number."""
    keys = list(keys)
    found = Findings(listing_pages=list(listing(keys) if lists is None else lists))
    found.answers += [(page.url, 200, "") for page in found.listing_pages]
    for number, key in enumerate(keys):
        values = {n: v(number) if callable(v) else v for n, v in (fields or {"status": "open"}).items()}
        found.saw(Sighting(key, url_of(key)))
        found.saw(Record(key, "case", url_of(key), f"Case {key}", values))
        found.answers.append((url_of(key), 200, ""))
    return found


def nothing(words: str = "") -> Findings:
    """A list without rows; `words` are what it says of that."""
    found = Findings(listing_pages=[ListingPage(URL, 1, 0, last=True)], answers=[(URL, 200, "")])
    if words:
        found.empty_markers.append(EmptyMarker(URL, words))
    return found


class Days:
    """One portal, one crawl a day, kept as `crawler.run` keeps it."""

    def __init__(self, expect: Expect | None = None, extractor: str = "cases 1", every: timedelta = timedelta(days=1)):
        self.expect, self.extractor, self.every = expect or Expect(), extractor, every
        self.day = 0
        self.past = History()

    def crawl(self, found: Findings, gone: Iterable[str] = (), there: Iterable[str] = ()) -> Judgement:
        """Judge and keep one crawl. `gone`, `there`: keys whose own pages say so when they are asked."""
        gone, there = set(gone), set(there)
        self.past = history("portal", self.extractor, self.expect.canaries)
        for canary in to_ask(found, self.past, self.expect):
            found.asked[canary.key] = (
                "gone" if canary.key in gone else "still there" if canary.key in there else "unknown"
            )
        judged = judge(found, self.past, self.expect)
        self.day += 1
        at = START + self.day * self.every
        Portal.objects.get_or_create(slug="portal", defaults={"name": "", "url": URL, "first_crawl_at": at})
        Crawl.objects.create(
            id=f"c{self.day}", portal="portal", started_at=at, listed_at=at, ended_at=at, extractor=self.extractor,
            verdict=judged.verdict, coverage=judged.coverage, reason=judged.reason,
            answers=msgspec.to_builtins(judged.answers),
            figures=msgspec.json.decode(msgspec.json.encode(judged.figures)),
        )  # fmt: skip
        return judged

    def usual(self, crawls: int, keys: Sequence[str], fields: Mapping[str, object] | None = None) -> None:
        """So many healthy crawls that all show the same."""
        for _ in range(crawls):
            judged = self.crawl(seen(keys, fields))
            assert judged.verdict == "healthy", judged.reason
