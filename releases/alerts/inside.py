"""What changed inside replaced files, for messages: one sentence each, without any of their words."""

from __future__ import annotations

import dataclasses
import time
from types import TracebackType
from typing import Self

from archive.holdings import Holdings
from config.home import Home
from releases.alerts.story_shape import Happening, Release, Story
from releases.alerts.wording import clean
from releases.diff.sides import Comparer
from releases.models import Event

MOST = 10
"""Files compared for one message; in the others one sees for oneself."""
DOCUMENT = 10
"""Seconds of processor time for one document that no crawl has looked into."""
LONGEST = 30.0
"""Seconds spent on comparing in one round of sending. Messages wait meanwhile, so no document may hold them up."""


class Inside:
    """Compares each replaced file once, however many are told of it. Opens nothing before it must."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._comparer: Comparer | None = None
        self._known: dict[str, str] = {}
        self._spent = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._comparer is not None:
            self._comparer.__exit__(kind, error, trace)

    def seen(self, story: Story) -> Story:
        """`story` with what changed inside the files that it says were replaced."""
        shown = [release for section in story.sections for release in section.releases]
        wanted = [one.id for release in shown for one in release.happenings if one.kind == "file_replaced"][:MOST]
        said = {ident: sentence for ident in wanted if (sentence := self._said(ident))}
        if not said:
            return story
        sections = tuple(
            dataclasses.replace(section, releases=tuple(_with(release, said) for release in section.releases))
            for section in story.sections
        )
        releases = tuple(release for section in sections for release in section.releases)
        return dataclasses.replace(story, sections=sections, releases=releases)

    def _said(self, ident: str) -> str:
        if ident not in self._known and self._spent < LONGEST:
            began = time.monotonic()
            try:
                self._known[ident] = self._compared(ident)
            except Exception:  # a document that cannot be read, a store that is away: the news goes out without it
                self._known[ident] = ""
            self._spent += time.monotonic() - began
        return self._known.get(ident, "")

    def _compared(self, ident: str) -> str:
        event = Event.objects.filter(id=ident).first()
        if event is None:
            return ""
        if self._comparer is None:
            self._comparer = Comparer(Holdings(self._home, opened=True), seconds=DOCUMENT)
            self._comparer.__enter__()
        return clean(self._comparer.told(event), 300)


def _with(release: Release, said: dict[str, str]) -> Release:
    return dataclasses.replace(
        release, happenings=tuple(_told(one, said.get(one.id, "")) for one in release.happenings)
    )


def _told(one: Happening, inside: str) -> Happening:
    return dataclasses.replace(one, sentence=f"{one.sentence}: {inside}") if inside else one
