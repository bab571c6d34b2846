"""A crawl told in a few lines that a reporter reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cli.event_words import MARGIN, MARKS, count_of, details, heading, size
from cli.screen import printable
from crawler.result import CrawlResult

SHOWN = 20
_MARKS = frozenset(mark[0] for mark in MARKS.values())


def story(result: CrawlResult) -> list[str]:
    """What one crawl came to: the verdict first, then at most SHOWN events."""
    gaps = f", {count_of(result.file_errors, 'file')} could not be had" if result.file_errors else ""
    lines = [
        f"{result.portal}: {result.verdict} — {count_of(result.records, 'record')}, {count_of(result.files, 'file')}, "
        f"{size(result.received_bytes)} in {result.seconds:.1f} s{gaps}"
    ]
    if result.unopened:
        lines.append(
            f"  {result.records:,} listed, {result.unopened:,} unchanged by the portal's own word and not opened"
        )
    if result.reason and (result.verdict not in {"healthy", "empty"} or result.coverage == "limited"):
        lines.append(f"  {printable(result.reason)}")
    if result.recovered:
        lines.append(f"  {count_of(result.recovered, 'exchange')} of an interrupted crawl recovered first")
    lines += [f"  note: {printable(warning)}" for warning in result.warnings[:5]]
    if len(result.warnings) > 5:
        lines.append(f"  … and {len(result.warnings) - 5} notes more: `--json` has them all")
    backfill = sum(1 for event in result.events if event["backfill"])
    if backfill:
        lines.append(
            f"  first look: {backfill:,} {'entry is' if backfill == 1 else 'entries are'} the baseline; alerts start with the next change"
        )
    shown = [event for event in result.events if not event["backfill"]]
    lines += [f"  {event_line(event)}" for event in shown[:SHOWN] if event["kind"] not in {"blocked", "broken"}]
    if len(shown) > SHOWN:
        lines.append(f"  … and {len(shown) - SHOWN} more: `recordwatch releases --portal {result.portal}`")
    if not result.events and result.verdict == "healthy":
        lines.append("  nothing new")
    return lines


def hanging(line: str) -> str:
    """What a line of a story is wrapped below: an event's second line stands below what it is about."""
    text = line.lstrip()
    return " " * (len(line) - len(text) + (MARGIN if text[:1] in _MARKS else 2))


def event_line(event: Mapping[str, Any]) -> str:
    """One event on one line: what, which, and before → after."""
    said = details(event)
    if not event["key"]:
        return heading({**event, "key": ""}, said[0] if said else event["title"])
    if event["kind"] in {"new", "withdrawn", "restored"}:  # the record is the news, its files stand behind it
        said = [line for line in said if not line.startswith("its files: ")] if event["kind"] != "new" else []
    return heading(event, event["title"]) + (f" · {'; '.join(said)}" if said else "")
