"""What may be shown: the one place that every page, feed, export, search and answer asks before it shows something.

Three questions. A record under a restriction is not there: not in lists, not by its address. Bytes that are withheld
are not given, under whatever capture, file or record. Names that nobody may read are masked in every text and value.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, TypeVar

from archive.access import restricted
from releases.quarantine.gate import quarantined
from releases.restricting.holding import holding
from releases.restricting.in_force import in_force
from releases.restricting.of_records import bytes_of, marks_of

Why = Literal["restricted", "quarantined", "named"]
"""restricted: a restriction of these bytes, or of a record that they prove; quarantined: they hold words an agency
meant to black out, which editors alone may see; named: their text has a name, or a passage, that is not shown: the
text is, without it.
"""

T = TypeVar("T")


def shut_records() -> frozenset[str]:
    """Ids of the records that are shown to nobody now. Few; reads the database."""
    return in_force().records


def shut(digests: Collection[str]) -> set[str]:
    """Those of these payload digests of which nothing is shown, no text either: under a restriction, or evidence of a
    record that is. Reads the database, and pages that tell of such a record from the archive.
    """
    wanted = set(digests) - {""}
    found = restricted(wanted)
    if records := in_force().records:
        found |= wanted & bytes_of(records)
        found |= holding(wanted - found, marks_of(records), pages_only=True)
    return found


def withheld(digests: Collection[str]) -> dict[str, Why]:
    """Those of these payload digests whose bytes are not given as they are, and why. Reads the database.

    Texts of quarantined bytes are shown, with the passages masked (`releases.quarantine.gate`); the bytes themselves
    would give the words away, and so may editors alone have them. The strictest reason is given: `quarantined` alone
    does not hold for editors.
    """
    wanted = set(digests) - {""}
    now = in_force()
    found: dict[str, Why] = dict.fromkeys(quarantined(wanted), "quarantined")
    found.update(dict.fromkeys(wanted & now.passages.keys(), "named"))
    found.update(dict.fromkeys(holding(wanted, now.names), "named"))
    found.update(dict.fromkeys(shut(wanted), "restricted"))
    return found


def without_names(value: T) -> T:
    """`value`, a text or JSON, with every restricted name masked. Reads the database."""
    return in_force().names.value(value)
