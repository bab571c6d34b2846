"""A crawl told in a few lines that a reporter reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cli.releases import printable, short
from crawler.result import CrawlResult

SHOWN = 20
MARKS = {
    "new": "+ new", "changed": "~ changed", "file_added": "+ file", "file_replaced": "≠ replaced", "restored": "↺ restored",
    "file_withdrawn": "− file gone", "withdrawn": "− withdrawn", "overdue": "⏰ overdue", "retracted": "✗ correction",
    "blocked": "! blocked", "broken": "! broken", "mass_withdrawal": "! many gone", "recovered": "✓ recovered",
}  # fmt: skip


def story(result: CrawlResult) -> list[str]:
    """What one crawl came to: the verdict first, then at most SHOWN events."""
    gaps = f", {result.file_errors} files could not be had" if result.file_errors else ""
    lines = [
        f"{result.portal}: {result.verdict} — {result.records} records, {result.files} files, "
        f"{size(result.received_bytes)} in {result.seconds:.1f} s{gaps}"
    ]
    if result.verdict not in {"healthy", "empty"} and result.reason:
        lines.append(f"  {printable(result.reason)}")
    if result.recovered:
        lines.append(f"  {result.recovered} exchanges of an interrupted crawl were recovered first")
    lines += [f"  note: {printable(warning)}" for warning in result.warnings[:5]]
    backfill = sum(1 for event in result.events if event["backfill"])
    if backfill:
        lines.append(f"  first look: {backfill} entries are the baseline; alerts start with the next change")
    shown = [event for event in result.events if not event["backfill"]]
    lines += [f"  {event_line(event)}" for event in shown[:SHOWN] if event["kind"] not in {"blocked", "broken"}]
    if len(shown) > SHOWN:
        lines.append(f"  … and {len(shown) - SHOWN} more: `recordwatch releases --portal {result.portal}`")
    if not result.events and result.verdict == "healthy":
        lines.append("  nothing new")
    return lines


def event_line(event: Mapping[str, Any]) -> str:
    """One event on one line: what, which, and before → after."""
    mark = MARKS.get(event["kind"], event["kind"])
    parts = [f"{mark:<12}", event["title"] or event["key"]]
    old, new = event["old"] or {}, event["new"] or {}
    if event["kind"] in {"changed", "restored"}:
        names = [name for name in dict.fromkeys((*old, *new)) if old.get(name) != new.get(name)]
        parts.append("· " + "; ".join(f"{name}: {short(old.get(name))} → {short(new.get(name))}" for name in names))
    elif event["kind"].startswith("file_"):
        parts.append("· " + ", ".join(file["name"] or file["url"] for file in event["files"]))
        if event["kind"] == "file_replaced" and old.get("size") is not None:
            same = old.get("size") == new.get("size")
            parts.append(f"({size(old['size'])} → {size(new['size'])}{', same size, other bytes' if same else ''})")
    elif not event["key"]:
        parts = [parts[0], str(new.get("reason") or old.get("since") or "")]
    return printable(" ".join(part for part in parts if part))


def size(count: int) -> str:
    """Bytes in decimal units."""
    number = float(count)
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"
