"""Where a message leads: to pages of the newsroom where it has a public address, else to the verbs that show the same. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from urllib.parse import quote, urlencode

from django.utils.translation import gettext as _

from releases.alerts.message_words import how_to_see
from releases.alerts.story_shape import Release, Section, Story
from releases.search.query import MOST_CHARACTERS


def ways(release: Release, portal: str, story: Story) -> Iterator[tuple[str, str]]:
    """(label, address or command) of what there is to see of a record; nothing for a portal's own events."""
    if not (release.stable_key and portal):
        return
    found = f'({story.query}) portal:{portal} key:"{release.stable_key}"' if story.query else ""
    changed = not {"changed", "file_replaced"}.isdisjoint(happening.kind for happening in release.happenings)
    key = quote(release.stable_key, safe="/:@") if story.newsroom else shell_word(release.stable_key)
    there = f"/{portal}/{key}" if story.newsroom else f" {portal} {key}"
    if changed:
        yield _("What exactly changed:"), _to(story, f"/diff{there}", f"diff{there}")
    if found and len(found) <= MOST_CHARACTERS:
        address = f"/search?{urlencode({'q': found})}"
        yield _("Where it says so:"), _to(story, address, f"search {shell_word(found)}")
    yield _("More:"), _to(story, f"/records{there}", f"record{there}")


def rest_of(section: Section, story: Story) -> str:
    """What shows the releases of a portal that are not in the message."""
    if not story.newsroom:
        return how_to_see(section)
    if section.overdue:
        return f"{story.newsroom}/deadlines?{urlencode({'portal': section.portal, 'status': 'overdue'})}"
    return f"{story.newsroom}/releases?{urlencode({'portal': section.portal})}"


def all_releases(story: Story) -> str:
    """What shows the releases of every portal."""
    return _to(story, "/releases", "releases")


def shell_word(text: str) -> str:
    """`text` so that it can be pasted into a shell as one word."""
    return shlex.quote(text)


def _to(story: Story, address: str, verb: str) -> str:
    return f"{story.newsroom}{address}" if story.newsroom else f"recordwatch {verb}"
