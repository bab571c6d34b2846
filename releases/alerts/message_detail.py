"""How much of a story is told where room is short: mail clients clip at about 100 kB, chats at a few thousand characters. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from releases.alerts.story_shape import Certificate, Happening, Release, Section, Story


@dataclass(frozen=True, slots=True)
class Detail:
    """The most that is told."""

    releases: int
    """Of one portal."""
    changes: int
    """Fields of one event."""
    files: int
    """Of one event."""
    value: int
    """Characters of one value."""
    portals: int
    """Sections, and rows of a certificate."""


LEVELS = (
    Detail(releases=10_000, changes=60, files=40, value=400, portals=10_000),
    Detail(releases=10_000, changes=15, files=8, value=160, portals=60),
    Detail(releases=25, changes=5, files=3, value=80, portals=25),
    Detail(releases=10, changes=0, files=0, value=80, portals=10),
    Detail(releases=3, changes=0, files=0, value=60, portals=4),
    Detail(releases=1, changes=0, files=0, value=60, portals=2),
)
"""From everything to the headline's neighbours."""


def fitted(story: Story, write: Callable[[Story], str], room: int) -> str:
    """`story` as `write` writes it, in the most detail that fits into `room` bytes of UTF-8.

    What even the least detail leaves too long is cut at the end of a line.
    """
    made = ""
    for detail in LEVELS:
        made = write(shortened(story, detail))
        if len(made.encode()) <= room:
            return made
    return _cut(made, room)


def shortened(story: Story, detail: Detail) -> Story:
    """`story` with no more than `detail`; what is left out is counted where it was."""
    sections = tuple(_section(section, detail) for section in story.sections[: detail.portals])
    beyond = sum(len(s.releases) + s.more for s in story.sections[detail.portals :])
    return replace(
        story,
        sections=sections,
        releases=tuple(release for section in sections for release in section.releases),
        more=sum(section.more for section in sections) + beyond,
        corrections=tuple(_release(one, detail) for one in story.corrections[: max(detail.releases, 3)]),
        certificate=_certificate(story.certificate, detail) if story.certificate else None,
    )


def _section(section: Section, detail: Detail) -> Section:
    shown = tuple(_release(release, detail) for release in section.releases[: detail.releases])
    return replace(section, releases=shown, more=section.more + len(section.releases) - len(shown))


def _release(release: Release, detail: Detail) -> Release:
    return replace(release, happenings=tuple(_happening(one, detail) for one in release.happenings))


def _happening(one: Happening, detail: Detail) -> Happening:
    changes = tuple(
        (name, _short(before, detail.value), _short(after, detail.value))
        for name, before, after in one.changes[: detail.changes]
    )
    if detail.changes and len(one.changes) > detail.changes:
        changes += ((_("and"), "", _("%(n)s more fields") % {"n": f"{len(one.changes) - detail.changes:,}"}),)
    files = one.files[: detail.files]
    if detail.files and len(one.files) > detail.files:
        files += ((_("and %(n)s more files") % {"n": f"{len(one.files) - detail.files:,}"}, ""),)
    return replace(one, changes=changes, files=files, sentence=_short(one.sentence, max(detail.value, 160)))


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def _certificate(certificate: Certificate, detail: Detail) -> Certificate:
    """The portals that were not always seen come first, and stay longest."""
    return replace(certificate, portals=certificate.portals[: detail.portals])


def _cut(text: str, room: int) -> str:
    if len(text.encode()) <= room:
        return text
    kept = text.encode()[: max(0, room - len("…\n".encode()))].decode("utf-8", "ignore")
    line = kept.rpartition("\n")[0] or kept
    return f"{line}\n…" if room > 4 else kept
