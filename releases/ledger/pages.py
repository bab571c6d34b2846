"""Watched pages: their newest main text, for search."""

from __future__ import annotations

from releases.ledger import known
from releases.ledger.canonical import clean, text_hash
from releases.ledger.observation import Observation
from releases.ledger.rows import Rows
from releases.models import WatchedPage


def plan_pages(observation: Observation, rows: Rows) -> None:
    """A row per page, brought up to date when its text or title changed."""
    pages = {clean(page.url): page for page in reversed(observation.pages)}
    for batch in known.batches(sorted(pages)):
        listed = WatchedPage.objects.filter(portal=rows.portal, url__in=batch)
        held = {
            url: (id_, title, hash_) for url, id_, title, hash_ in listed.values_list("url", "id", "title", "text_hash")
        }
        for url in batch:
            page = pages[url]
            title, hash_ = clean(page.title), text_hash(page.text)
            values = {"title": title, "text_hash": hash_, "capture": page.capture, "at": rows.at, "crawl": rows.crawl}
            if url not in held:
                rows.insert("releases.WatchedPage", portal=rows.portal, url=url, **values)
            elif held[url][1:] != (title, hash_):
                rows.update("releases.WatchedPage", held[url][0], **values)
