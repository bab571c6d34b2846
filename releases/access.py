"""What may be shown: the one place that every page, feed, export, search and answer asks before it shows something.

Questions of three kinds. A record under a restriction is not there: not in lists, not by its address. Bytes that are
withheld are not given, under whatever capture, file or record. Names that nobody may read are masked in every text and value.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Literal, TypeVar

from archive.access import restricted
from archive.catalog.models import Capture
from releases.quarantine.gate import quarantined
from releases.restricting.holding import holding
from releases.restricting.in_force import answered, in_force
from releases.restricting.of_records import addresses_of, bytes_of, marks_of

Why = Literal["restricted", "quarantined", "named"]
"""restricted: a restriction of these bytes, or of a record that they prove; quarantined: they hold words an agency
meant to black out, which editors alone may see; named: their text has a name, or a passage, that is not shown: the
text is, without it.
"""

T = TypeVar("T")


def shut_records() -> frozenset[str]:
    """Ids of the records that are shown to nobody now. Few; reads the database."""
    return in_force().records


def evidence_of_shut(digests: Collection[str]) -> set[str]:
    """Those of these payload digests that prove a record which is shown to nobody, or tell of it: pages and lists of
    its portal. Reads the database, and pages from the archive.
    """
    records = in_force().records
    if not records:
        return set()
    wanted = set(digests) - {""}
    found = wanted & bytes_of(records)
    return found | holding(wanted - found, marks_of(records), pages_only=True)


def partly_told(digests: Collection[str]) -> set[str]:
    """Those of these payload digests whose text is shown without a passage or a name. Reads the database, and texts
    from the archive.
    """
    now = in_force()
    wanted = set(digests) - {""}
    found = wanted & now.passages.keys()
    return found | holding(wanted - found, now.names)


def withheld(digests: Collection[str]) -> dict[str, Why]:
    """Those of these payload digests whose bytes are not given as they are, and why. Reads the database.

    Texts of quarantined bytes are shown, with the passages masked (`releases.quarantine.gate`); the bytes themselves
    would give the words away, and so may editors alone have them. The strictest reason is given: `quarantined` alone
    does not hold for editors.

    Within one request each digest is asked of the database once: a page asks of the same bytes for its story, its files
    and its captures.
    """
    wanted = set(digests) - {""}
    known: dict[str, Why | None] = answered()
    if new := wanted - known.keys():
        known.update(dict.fromkeys(new))
        known.update(dict.fromkeys(quarantined(new), "quarantined"))
        known.update(dict.fromkeys(partly_told(new), "named"))
        known.update(dict.fromkeys(restricted(new), "restricted"))
    return {digest: why for digest in wanted if (why := known[digest])}


def captures_of_shut(rows: Iterable[Capture]) -> set[str]:
    """Ids of those of these captures whose address, or where it leads, is a page or a file of a record that is shown to
    nobody, or tells its key: whatever was answered, if anything was. Reads the database.
    """
    records = in_force().records
    if not records:
        return set()
    own, marks = addresses_of(records), marks_of(records)
    return {
        row.id for row in rows if any(text in own or marks.within(text) for text in (row.url, row.location) if text)
    }


def of_portals(value: T) -> T:
    """`value`, said of a portal or one of its crawls, without restricted names, and without keys, addresses and long
    titles of records that are shown to nobody. Reads the database.
    """
    return marks_of(in_force().records).value(without_names(value))


def without_names(value: T) -> T:
    """`value`, a text or JSON, with every restricted name masked. Reads the database."""
    return in_force().names.value(value)
