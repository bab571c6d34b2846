"""A story as Slack shows it: which messages it becomes, and their text in Slack's mrkdwn. Pure.

In mrkdwn `&`, `<` and `>` alone are control characters (links, mentions such as `<!channel>`); what portals and people
wrote has them escaped, so it can neither link nor call anybody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from releases.alerts.message_detail import fitted
from releases.alerts.message_ways import all_releases, rest_of, ways
from releases.alerts.message_words import counted, name_of
from releases.alerts.story_shape import Happening, Release, Section, Story
from releases.alerts.wording import PLAIN_KINDS

FEW = 10
"""New threads that one delivery opens. More would bury a channel: it is one message then, and answers in threads that
there are.
"""
ROOM = 3500
"""Bytes of one message. Slack asks for no more than 4,000 characters, and cuts after 40,000."""


@dataclass(frozen=True, slots=True)
class Part:
    """One message."""

    record: str
    """Id of the record that its thread is about; empty: for the channel itself."""
    story: Story
    """As much of the delivery as it tells."""
    brief: bool = False
    """Releases are named in a line each."""

    def text(self, *, opening: bool) -> str:
        """What is posted; `opening`: as the first of its thread, or in no thread."""
        return fitted(self.story, lambda told: _written(told, opening=opening, brief=self.brief), ROOM)


def parts(story: Story, threads: Mapping[str, str], *, as_one: bool = False) -> tuple[Part, ...]:
    """The messages of a delivery, in order: one for each record, where they are few and no digest; else one for all,
    and one for each record that has a thread already (`threads`: record id → anything).

    `as_one`: the one for all went out before.
    """
    found = (*(release for section in story.sections for release in section.releases), *story.corrections)
    records = list(dict.fromkeys(release.record for release in found if release.record))
    told = [Part(record, _of(story, {record})) for record in records]
    if as_one or story.certificate is not None or sum(record not in threads for record in records) > FEW:
        return (Part("", story, brief=True), *(part for part in told if part.record in threads))
    rest = _of(story, {""})
    if rest.sections or rest.corrections or not told:
        return (Part("", rest, brief=len(rest.sections) > 1), *told)
    return tuple(told)


def escaped(text: str) -> str:
    """`text` so that nothing in it is more than text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def link(address: str, label: str) -> str:
    """A link; `address` is http(s) already."""
    return f"<{escaped(address).replace('|', '%7C')}|{escaped(label)}>"


def _of(story: Story, records: Collection[str]) -> Story:
    """What `story` tells of these records; "": what is of none, and what is not listed."""
    beyond = "" in records

    def kept(releases: tuple[Release, ...]) -> tuple[Release, ...]:
        return tuple(release for release in releases if release.record in records)

    sections = (
        replace(section, releases=kept(section.releases), more=section.more if beyond else 0)
        for section in story.sections
    )
    shown = tuple(section for section in sections if section.releases or section.more)
    return replace(
        story, sections=shown, corrections=kept(story.corrections), certificate=None,
        releases=tuple(release for section in shown for release in section.releases),
        more=sum(section.more for section in shown),
    )  # fmt: skip


def _written(story: Story, *, opening: bool, brief: bool) -> str:
    lines: list[str] = []
    if brief or not (story.sections or story.corrections):
        lines.append(f"*{escaped(story.headline)}*")
    if story.waited and opening:
        lines.append(escaped(story.waited))
    for release in story.corrections:
        lines += _brief(release, story.portal, story) if brief else _release(release, story.portal, "", story)
    for section in story.sections:
        if brief and len(story.sections) > 1:
            lines.append(f"*{escaped(section.name)}*")
        lines += _section(section, story, brief=brief)
    if beyond := story.more - sum(section.more for section in story.sections):
        said = _("and %(n)s more of other portals") % {"n": f"{beyond:,}"}
        lines.append(f"{escaped(said)}: {_place(all_releases(story), '')}")
    if story.certificate is not None:
        lines += ["", escaped(story.certificate.period), escaped(story.certificate.summary)]
        for portal in story.certificate.portals:
            mark = "✓" if portal.clear else "!"
            lines.append(f"{mark} {escaped(portal.name)}: {escaped(' '.join(portal.sentences))}")
    if opening:
        lines += _foot(story)
    return "\n".join(lines)


def _section(section: Section, story: Story, *, brief: bool) -> Iterator[str]:
    for release in section.releases:
        if brief:
            yield from _brief(release, section.portal, story)
        else:
            yield from _release(release, section.portal, section.name, story)
    if section.more:
        yield f"{escaped(counted(section, story.kind))}: {_place(rest_of(section, story), '')}"


def _brief(release: Release, portal: str, story: Story) -> Iterator[str]:
    said = " · ".join(happening.sentence for happening in release.happenings[:3])
    yield f"• *{_name(release, portal, story)}*: {escaped(said)}"


def _release(release: Release, portal: str, portal_name: str, story: Story) -> Iterator[str]:
    beside = f" · {escaped(portal_name)}" if portal_name and name_of(release) != portal_name else ""
    yield f"*{_name(release, portal, story)}*{beside}"
    for happening in release.happenings:
        yield from _happening(happening)
    places = [link(release.url, _("At the source"))] if release.url else []
    places += [_place(there, label.rstrip(":")) for label, there in ways(release, portal, story)]
    if places:
        yield " · ".join(places)


def _happening(happening: Happening) -> Iterator[str]:
    yield f"• {escaped(happening.sentence)}"
    if happening.correction:
        yield f"    {escaped(_('This was wrong:'))} {escaped(happening.correction)}"
    for name, before, after in happening.changes:
        was = "" if happening.kind in PLAIN_KINDS else f"{before or _('(nothing)')} → "
        now = after if happening.kind in PLAIN_KINDS else after or _("(nothing)")
        yield f"    {escaped(f'{name}: {was}{now}')}"
    for name, address in happening.files:
        yield f"    {link(address, name) if address else escaped(name)}"


def _name(release: Release, portal: str, story: Story) -> str:
    """Its name, as a link to its page where there is one."""
    name = name_of(release) or portal
    there = [address for _label, address in ways(release, portal, story)][-1:] if story.newsroom else []
    return link(there[0], name) if there else escaped(name)


def _place(there: str, label: str) -> str:
    """An address as a link, or a verb to type."""
    if there.startswith(("http://", "https://")):
        return link(there, label or there)
    return f"{escaped(label)}{': ' if label else ''}`{escaped(there).replace('`', chr(39))}`"


def _foot(story: Story) -> Iterator[str]:
    said = [story.vouch] if story.vouch else []
    said.append(f"{_('Why you get this:')} {story.why}")
    yield escaped(" ".join(said))
    if story.mute_link:
        yield link(story.mute_link, _("Stop these messages"))
