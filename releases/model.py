"""What portals publish, as spiders say it. Frozen dataclasses; this module imports nothing of ours.

A spider yields, besides Scrapy requests:
- `Sighting` for each row of a listing ("this record is there"), as soon as the row was read;
- `Record` when everything known about one record is together (often after its own page);
- `ListingPage` for each page of a listing, and `EmptyMarker` where a page says it has nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Value = str | int | float | bool | None | list[str] | list[dict[str, str]]
"""A field's value as printed (dates normalised to ISO 8601 only where the form is unambiguous)."""

FileHost = Literal["direct", "vimeo", "youtube", "soundcloud", "embed", "deposit", "press"]
"""`deposit`: handed in by a person; there is nowhere to fetch it from. `press`: had by `File.press` alone."""
MediaTrouble = Literal["removed", "private", "login", "geo", "age", "live", "drm", "unsupported", "unreachable"]
"""Why a recording on another host could not be had; see docs/howto/media.md."""
EventKind = Literal[
    "new",
    "changed",
    "file_added",
    "file_replaced",
    "file_withdrawn",
    "withdrawn",
    "restored",
    "overdue",
    "upcoming",
    "retracted",
    "blocked",
    "broken",
    "mass_withdrawal",
    "recovered",
    "quarantined",
]
"""`quarantined` is told to editors alone: see `releases.quarantine`."""
DEPOSITED = "deposited"
"""State of a record that a person handed in, and tag of its event: no portal listed it, no crawl captured it."""
VerdictName = Literal["healthy", "empty", "blocked", "broken", "partial", "down"]
Coverage = Literal["complete", "capped", "limited"]


@dataclass(frozen=True, slots=True)
class Hashed:
    """A text of which only the hash is kept, so that a crawl's memory does not grow with its pages."""

    digest: str
    """`sha256:` + hex of the text as UTF-8; empty for no text."""


@dataclass(frozen=True, slots=True)
class Press:
    """What has to be pressed on a file's page to get it: a control of an ASP.NET form, and its words.

    Never part of what a file is: controls are numbered by their place on the page.
    """

    control: str
    """Name of the control, as `__doPostBack` gets it."""
    label: str
    """The control's text: it is pressed only while that is still its text."""


@dataclass(frozen=True, slots=True)
class File:
    """A document, video, audio or data set attached to a record.

    `identity` is what stays when the link changes (signed links, hosts that move): by default the
    URL without scheme and host. `host` other than `direct` is a player to be resolved later.
    """

    url: str
    name: str
    kind: str = "document"
    """document, report, video, audio, image, data, contract, policy, letter, archive, embed."""
    identity: str = ""
    host: FileHost = "direct"
    press: Press | None = None
    """With `host` "press", for a file without a link of its own: `url` is the page that hands it out when this is
    pressed. A crawl that does not read that page does not know it, and leaves the file alone."""


@dataclass(frozen=True, slots=True)
class Record:
    """One published thing with an identity over time: a case, a request, a policy, a contract.

    `key` is the portal's own stable key (its spider says why that one). `aliases` are other names
    the portal uses for it now (printed numbers, old hosts' URLs). `raw` and `text` feed the first
    two of the three hashes: the record's own markup as served, and its normalised text; the third
    is over `fields` and `files`. `flapping` names fields whose flips are noise: kept, never alerted.
    """

    key: str
    kind: str
    url: str
    title: str
    fields: Mapping[str, Value] = field(default_factory=dict)
    files: tuple[File, ...] = ()
    aliases: tuple[str, ...] = ()
    printed_key: str = ""
    """The key as the portal prints it; a new form of it is `changed`, tagged `reformatted`."""
    raw: str | Hashed = ""
    text: str | Hashed = ""
    flapping: frozenset[str] = frozenset()
    absent_means_unknown: frozenset[str] = frozenset()
    """Fields that some of this portal's page layouts print and others never do. Where such a field
    has no key in `fields`, this page says nothing about it: a version keeps the value known before,
    and neither a key that goes nor one that comes is a change. A printed dash is None *with* its key,
    and that None has to be kept for these fields, so that dash → date is a change and no key → date
    is not. So: carry over what is missing, and compare only where both have the key. `files` among
    them: files go with the other fields named here. A page that prints none of those says nothing of
    the record's files either; those known before stay, and the first ones to be said are not news."""
    source: str = ""
    """URL of the response it was read from; filled in by the crawl when empty."""
    capture: str = ""
    """Capture id of that response; filled in by the crawl."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A listing shows this record. `capture` is filled in by the crawl."""

    key: str
    url: str
    capture: str = ""
    stamp: str = ""
    """What the listing says of the record's last change, where it says it: made by `PortalSpider.stamp`. A record
    whose stamp is the one under which its page was last read need not be opened (`PortalSpider.unchanged`)."""


@dataclass(frozen=True, slots=True)
class ListingPage:
    """One page of a listing: its number, how many rows it had, and what it says of the whole.

    `last` is True only where the portal itself says that the listing ends here.
    """

    url: str
    number: int
    rows: int
    last: bool
    pages: int | None = None
    """Pages the portal says there are."""
    total: int | None = None
    """Records the portal says there are."""
    capped: int | None = None
    """Records the portal says exist beyond what it lists."""
    listing: str = ""
    """Which listing, where a portal has several; each has its own numbers and its own last page."""


@dataclass(frozen=True, slots=True)
class EmptyMarker:
    """A page says, in words, that there is nothing to list."""

    url: str
    words: str


@dataclass(frozen=True, slots=True)
class Note:
    """What a spider noticed that people should know and that makes no crawl less than healthy, as one
    sentence: two sources of a portal that disagree, say. It goes with the crawl's other notes.
    """

    words: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page worth searching by itself (a watched page, a policy): its main text."""

    url: str
    title: str
    text: str | Hashed
    capture: str = ""
