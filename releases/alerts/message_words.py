"""Words that plain text and HTML share. Pure."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from releases.alerts.story_shape import Release, Section


def name_of(release: Release) -> str:
    """`LH-2031-014 · Shooting on Pier Street`; empty for a portal's own events."""
    return " · ".join(filter(None, names_of(release)))


def names_of(release: Release) -> tuple[str, str]:
    """Key and title; one of them where the title says the key."""
    if release.key and release.key.casefold() in release.title.casefold():
        return release.title, ""
    return (release.key, release.title) if release.key else (release.title, "")


def our_copy(release: Release) -> str:
    """Which captures prove it; empty when none does."""
    found = list(dict.fromkeys(c for happening in release.happenings for c in happening.captures))
    if not found:
        return ""
    said = _("capture %(captures)s") % {"captures": ", ".join(found[:2])}
    return f"{said} {_('and %(n)s more') % {'n': len(found) - 2}}" if len(found) > 2 else said


def counted(section: Section, kind: str) -> str:
    """What of a portal is not listed in a message of this kind; all of it, where a first crawl found it."""
    more = {"n": f"{section.more:,}"}
    if section.releases:
        return _("and %(n)s more") % more
    if section.overdue:
        return ngettext(
            "%(n)s record was overdue already when first looked at; you hear of what comes. See them",
            "%(n)s records were overdue already when first looked at; you hear of what comes. See them",
            section.overdue,
        ) % {"n": f"{section.overdue:,}"}
    if kind == "match":
        return _("The first crawl found %(n)s records that match; you hear of what comes. All it found") % more
    return _("%(n)s records are watched from now on; you hear of what changes. See them") % more


def how_to_see(section: Section) -> str:
    """The command that lists what is not in the message."""
    if section.overdue:
        return f"recordwatch deadlines --overdue --portal {section.portal}"
    return f"recordwatch releases --portal {section.portal}"
