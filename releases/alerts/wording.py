"""The words of alerts, and what portals printed made safe to show.

Control and direction characters never reach a header, a terminal or a mail client.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from django.utils.translation import gettext as _

from releases.alerts.counting import counted
from releases.alerts.filters import HEALTH_KINDS
from releases.in_words import in_words
from releases.model import DEPOSITED


def _noop(text: str) -> str:
    """Marks `text` for the catalogue. Django's own asks for its settings at once, and `--help` has none."""
    return text


LONGEST = 400
"""Characters of one printed value."""

ADJECTIVE = {
    "new": "new", "changed": "changed", "withdrawn": "withdrawn", "restored": "restored", "overdue": "overdue",
    "upcoming": "upcoming", "retracted": "corrected", "quarantined": "quarantined",
}  # fmt: skip
PLAIN_KINDS = frozenset({"new", "withdrawn", "overdue", "upcoming", "quarantined", *HEALTH_KINDS})
"""Events whose values are told as they are, not as before and after."""
HEALTH_FIELDS = (("verdict", _noop("verdict")), ("reason", _noop("why")), ("since", _noop("blind since")))
FILE_ADJECTIVE = {"file_added": "new", "file_replaced": "replaced", "file_withdrawn": "withdrawn"}
CORRECTION_NOTES = frozenset({"event", "kind", "at", "reason", "by"})
"""What a `retracted` event says of the wrong one, beside the values."""
WEIGHT = (
    "retracted", "quarantined", "withdrawn", "file_withdrawn", "file_replaced", "overdue", "upcoming", "restored", "new", "changed", "file_added",
)  # fmt: skip
"""Order of a headline: what somebody may have wanted to go unseen comes first."""
SENTENCE = {
    "new": _noop("New"), "changed": _noop("Changed"), "withdrawn": _noop("Withdrawn: the portal no longer lists it"),
    "restored": _noop("Restored: the portal lists it again"), "overdue": _noop("Overdue: a deadline covers it, its day is past, it is not released"),
    "upcoming": _noop("Coming up: a day that its portal prints is near"),
    "retracted": _noop("Correction: something told earlier was wrong"), "file_added": _noop("New file"),
    "file_replaced": _noop("File replaced under the same address"), "file_withdrawn": _noop("File withdrawn"),
    "quarantined": _noop("Quarantined: words that the agency meant to black out can be read in its file; only editors are told, "
    "and `recordwatch quarantine list` has them"),
    "blocked": _noop("Blocked: we cannot see this portal now"),
    "broken": _noop("Broken: this portal changed and we cannot read it now"),
    "mass_withdrawal": _noop("Many records are gone at once: withdrawn, or the portal is faulty"),
    "recovered": _noop("Recovered: this portal can be seen again"),
}  # fmt: skip
_TAGGED = {
    ("broken", "partial"): _noop("Seen in part only: not all of this portal can be read now"),
    ("blocked", "down"): _noop("Down: this portal does not answer now"),
    ("new", DEPOSITED): _noop("Deposited: handed in, not published by the portal and not captured from it"),
    ("changed", "reformatted"): _noop("The portal prints its key in another form"),
}
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::[\d.]+)?(\+00:00|Z)?")


def sentence(kind: str, tags: Collection[str] = ()) -> str:
    """What happened, in a sentence that begins with a word or two and a colon where more is to be said."""
    said = next((_TAGGED[kind, tag] for tag in tags if (kind, tag) in _TAGGED), "")
    said = said or SENTENCE.get(kind, "")
    return _(said) if said else clean(kind, 40)


def readable(value: object) -> str:
    """A printed value for people: `clean`, and a moment without the letters of ISO 8601."""
    text = clean(value)
    found = _MOMENT.fullmatch(text)
    return f"{found[1]} {found[2]}{' UTC' if found[3] else ''}" if found else text


def clean(value: object, limit: int = LONGEST) -> str:
    """`value` on one line: white space collapsed, control and direction-changing characters gone, at most `limit`."""
    text = unicodedata.normalize("NFC", in_words(value)[: limit * 8])
    kept = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    line = re.sub(r" +", " ", kept).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def web_link(url: str) -> str:
    """`url` when it is a plain http(s) link, else empty: a portal must not hand readers `javascript:`."""
    # As browsers do: tabs and line breaks in an address are nothing, a space is one.
    safe = "".join("%20" if c == " " else c for c in url.strip() if c.isprintable())
    return safe if re.match(r"https?://[^/]", safe, re.IGNORECASE) else ""


def count(number: int, adjective: str, kinds: set[str]) -> str:
    """`3 new cases`: the noun is the kind when there is one kind, else `record`."""
    kinds = {clean(kind, 40) for kind in kinds} - {""}
    return counted(number, adjective, next(iter(kinds)) if len(kinds) == 1 else "record")


def field_label(name: str) -> str:
    """A field's name for people."""
    return clean(name.replace("_", " "), 80)


def file_value(name: str, value: object) -> str:
    """A file's size or digest for people."""
    if name == "size" and isinstance(value, int):
        return _("%(n)s bytes") % {"n": f"{value:,}"}
    text = clean(value, 120)
    return text.removeprefix("sha256:")[:16] + "…" if name == "digest" and len(text) > 24 else text
