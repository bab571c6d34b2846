"""Words that plain text and HTML share. Pure."""

from __future__ import annotations

from releases.alerts.story_shape import Release, Section


def name_of(release: Release) -> str:
    """`LH-2031-014 · Shooting on Pier Street`; empty for a portal's own events."""
    return " · ".join(dict.fromkeys(filter(None, (release.key, release.title))))


def our_copy(release: Release) -> str:
    """Which captures prove it; empty when none does."""
    found = list(dict.fromkeys(c for happening in release.happenings for c in happening.captures))
    more = f" and {len(found) - 2} more" if len(found) > 2 else ""
    return f"capture {', '.join(found[:2])}{more}" if found else ""


def counted(section: Section, kind: str) -> str:
    """What of a portal is not listed in a message of this kind; all of it, where a first crawl found it."""
    if section.releases:
        return f"and {section.more:,} more"
    if kind == "match":
        return f"The first crawl found {section.more:,} records that match; you hear of what comes. All it found"
    return f"{section.more:,} records are watched from now on; you hear of what changes. See them"


def how_to_see(section: Section) -> str:
    """The command that lists a portal's releases."""
    return f"recordwatch releases --portal {section.portal}"
