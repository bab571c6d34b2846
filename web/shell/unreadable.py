"""Archived bytes that cannot be had, in words: what is wrong, where they should be, what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from archive.catalog.models import Warc
from archive.unreadable import Errors, State, Unreadable, state_of, unreadable
from releases.access import without_names
from web.records.witness import Witness, witness
from web.shell import place
from web.shell.errors import Shown


@dataclass(frozen=True, slots=True)
class Told:
    """What a page says of them."""

    state: State
    what: str
    todo: str
    warc: str
    offset: int
    length: int
    sha256: str = ""
    """Of the WARC when it was sealed."""
    witness: Witness = field(default_factory=Witness)

    @property
    def status(self) -> int:
        """Of an answer that should have been these bytes: 503 passes by itself, 410 until somebody does something."""
        return 503 if self.state == "unreachable" else 410

    @property
    def data(self) -> dict[str, Any]:
        """As JSON has it."""
        entry = self.witness.entry
        return {
            "state": self.state, "what": self.what, "todo": self.todo, "warc": self.warc, "offset": self.offset,
            "length": self.length, "sha256": self.sha256, "log_entry": entry.seq if entry else None,
        }  # fmt: skip


def of_capture(capture: str) -> Told | None:
    """What is to be said where the bytes of a capture cannot be given; None where they can, as far as a look tells.

    Ask `releases.access` first: of bytes that are shown to nobody nothing is said.
    """
    found = unreadable(place.holdings(), capture)
    if found is None:
        return None
    stored = Warc.objects.filter(key=found.warc).first()
    seen = witness(place.holdings(), stored) if found.state != "unreachable" else Witness()
    return _told(found, stored.sha256 if stored else "", seen)


@contextmanager
def said(warc: str = "", offset: int = 0) -> Iterator[None]:
    """While archived bytes are read for an answer. Raises Shown where they cannot be."""
    try:
        yield
    except Errors as error:
        raise shown(error, warc, offset) from error


@contextmanager
def said_of(capture: str) -> Iterator[None]:
    """While the bytes of a capture are read for an answer. Raises Shown, which says where they should be."""
    try:
        yield
    except Errors as error:
        told = of_capture(capture)
        raise (_shown(told) if told else shown(error)) from error


def shown(error: Exception, warc: str = "", offset: int = 0) -> Shown:
    """The answer in the place of bytes, for one of `archive.unreadable.Errors`."""
    return _shown(_told(Unreadable(state_of(error), warc, offset)))


def _shown(told: Told) -> Shown:
    where = _("%(key)s, byte %(offset)s") % {"key": told.warc, "offset": f"{told.offset:,}"} if told.warc else ""
    return Shown(told.status, f"{told.what[:-1]} ({where})." if where else told.what, told.todo)


def _told(found: Unreadable, sha256: str = "", seen: Witness | None = None) -> Told:
    what, todo = _words(found.state)
    key = without_names(found.warc)
    return Told(found.state, f"{what}.", todo, key, found.offset, found.length, sha256, seen or Witness())


def _words(state: State) -> tuple[str, str]:
    restore = _(
        "Put a copy of the archive file back under the same key: its SHA-256 has to be the one that was sealed."
    )
    known = {
        "missing": (
            _("The archive file that holds these bytes is not in the store"),
            _("An operator runs `recordwatch verify`, which lists everything that is missing, and `recordwatch recover`, which stores what an interrupted crawl left behind.") + f" {restore}",
        ),
        "cut": (
            _("The archive file that holds these bytes is cut short before their end"),
            _("An operator runs `recordwatch verify`, which lists every archive file of the wrong size.") + f" {restore}",
        ),
        "damaged": (
            _("These bytes are damaged in the archive: they are not what was archived, and are not given"),
            _("An operator runs `recordwatch verify --full`, which names every damaged record.") + f" {restore}",
        ),
        "unreachable": (
            _("The store that holds these bytes does not answer now"),
            _("Try again in some minutes. An operator runs `recordwatch doctor`, which says whether the store can be reached."),
        ),
    }  # fmt: skip
    return known[state]
