"""A story as plain text, and as HTML (`message_html`). Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from releases.alerts.message_html import as_html as as_html  # noqa: PLC0414  the other half of a mail
from releases.alerts.message_words import counted, how_to_see, name_of, our_copy
from releases.alerts.story_shape import Certificate, Release, Section, Story
from releases.alerts.wording import PLAIN_KINDS
from releases.search.query import MOST_CHARACTERS


def as_text(story: Story) -> str:
    """The plain text of `story`, lines not wrapped: phones wrap them themselves."""
    lines = [story.headline, ""]
    if story.waited:
        lines += [story.waited, ""]
    if story.corrections:
        lines += [_("Corrections").upper(), ""]
        for release in story.corrections:
            lines += _release(release, story.portal, "")
    several = len(story.sections) > 1
    for section in story.sections:
        lines += _section(section, story, named=several or bool(story.corrections))
    if beyond := story.more - sum(section.more for section in story.sections):
        lines += [f"{_('and %(n)s more of other portals') % {'n': f'{beyond:,}'}}: recordwatch releases", ""]
    if story.certificate is not None:
        lines += _certificate(story.certificate)
    return "\n".join((*lines, *_foot(story))) + "\n"


def _section(section: Section, story: Story, *, named: bool) -> Iterator[str]:
    if named:
        yield from (section.name.upper(), "")
    for release in section.releases:
        yield from _release(release, section.portal, story.query)
    if section.more:
        yield from (f"{counted(section, story.kind)}: {how_to_see(section)}", "")


def _release(release: Release, portal: str, query: str) -> Iterable[str]:
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
    if release.stable_key and portal:
        key = shell_word(release.stable_key)
        if not {"changed", "file_replaced"}.isdisjoint(happening.kind for happening in release.happenings):
            lines.append(f"  {_('What exactly changed:')} recordwatch diff {portal} {key}")
        if query and len(found := f'({query}) portal:{portal} key:"{release.stable_key}"') <= MOST_CHARACTERS:
            lines.append(f"  {_('Where it says so:')} recordwatch search {shell_word(found)}")
        lines.append(f"  {_('More:')} recordwatch record {portal} {key}")
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
    yield f"{_('From a terminal:')} recordwatch alerts mute {story.subscription}"


def shell_word(text: str) -> str:
    """`text` so that it can be pasted into a shell as one word."""
    return shlex.quote(text)
