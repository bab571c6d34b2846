"""A story as plain text, and as HTML (`message_html`). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from releases.alerts.message_html import as_html as as_html  # noqa: PLC0414  the other half of a mail
from releases.alerts.message_ways import all_releases, rest_of, ways
from releases.alerts.message_words import counted, name_of, our_copy
from releases.alerts.story_shape import Certificate, Release, Section, Story
from releases.alerts.wording import PLAIN_KINDS


def as_text(story: Story) -> str:
    """The plain text of `story`, lines not wrapped: phones wrap them themselves."""
    lines = [story.headline, ""]
    if story.waited:
        lines += [story.waited, ""]
    if story.corrections:
        lines += [_("Corrections").upper(), ""]
        for release in story.corrections:
            lines += _release(release, story.portal, story)
    several = len(story.sections) > 1
    for section in story.sections:
        lines += _section(section, story, named=several or bool(story.corrections))
    if beyond := story.more - sum(section.more for section in story.sections):
        lines += [f"{_('and %(n)s more of other portals') % {'n': f'{beyond:,}'}}: {all_releases(story)}", ""]
    if story.certificate is not None:
        lines += _certificate(story.certificate)
    return "\n".join((*lines, *_foot(story))) + "\n"


def _section(section: Section, story: Story, *, named: bool) -> Iterator[str]:
    if named:
        yield from (section.name.upper(), "")
    for release in section.releases:
        yield from _release(release, section.portal, story)
    if section.more:
        yield from (f"{counted(section, story.kind)}: {rest_of(section, story)}", "")


def _release(release: Release, portal: str, story: Story) -> Iterable[str]:
    lines = [name_of(release) or portal]
    for happening in release.happenings:
        lines.append(f"  {happening.sentence}")
        if happening.correction:
            lines.append(f"    {_('This was wrong:')} {happening.correction}")
        for name, before, after in happening.changes:
            if happening.kind in PLAIN_KINDS:
                lines.append(f"    {name}: {after}")
            else:
                lines.append(f"    {name}: {before or _('(nothing)')} → {after or _('(nothing)')}")
        lines += [f"    {name}{f' <{url}>' if url and url != name else ''}" for name, url in happening.files]
    if release.url:
        lines.append(f"  {_('At the source:')} {release.url}")
    if captures := our_copy(release):
        lines.append(f"  {_('Our copy:')} {captures}")
    lines += [f"  {label} {there}" for label, there in ways(release, portal, story)]
    return [*lines, ""]


def _certificate(certificate: Certificate) -> Iterator[str]:
    yield _("What was checked").upper()
    yield certificate.period
    yield certificate.summary
    yield ""
    for portal in certificate.portals:
        yield f"{'✓' if portal.clear else '!'} {portal.name}"
        yield from (f"    {sentence}" for sentence in portal.sentences)
    if certificate.portals:
        yield ""


def _foot(story: Story) -> Iterator[str]:
    yield "-- "
    if story.vouch:
        yield story.vouch
    yield f"{_('Why you get this:')} {story.why}"
    if story.mute_link:
        yield f"{_('Stop these messages:')} {story.mute_link}"
    if not story.newsroom:
        yield f"{_('From a terminal:')} recordwatch alerts mute {story.subscription}"
