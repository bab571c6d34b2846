"""What pages say of an event beside the name of its kind. Unlike alerts, pages are read later: nothing here says "now"."""

from __future__ import annotations

from django.utils.translation import gettext as _

from releases.alerts.wording import clean
from releases.ledger.portals import DOUBTED, LATE
from releases.model import DEPOSITED
from releases.models import Event
from releases.retold import LONGEST

STORED = frozenset({"overdue", "upcoming", "retracted"})
"""Kinds of events whose sentence was written down in English when they happened: see `releases.retold`."""


def said(event: Event) -> str:
    """One sentence, or nothing where the kind of event says it all."""
    new, tags = event.new or {}, event.tags or []
    if event.kind in {"overdue", "upcoming"}:
        return clean(new.get("why"), LONGEST)
    if event.kind == "retracted":
        return clean(new.get("reason"), LONGEST)
    if event.kind == "new" and DEPOSITED in tags:
        return _("Handed in: not published by the portal, and not captured from it.")
    if event.kind == "changed" and "reformatted" in tags:
        return _("The portal prints its key in another form.")
    if event.kind == "blocked" and "down" in tags:
        return _("The portal did not answer: from here on silence does not mean that nothing was released.")
    if event.kind == "broken" and "partial" in tags:
        return _("Only a part of the portal could be read: what it did not show may have gone unseen.")
    if event.kind == "mass_withdrawal" and tags == DOUBTED[1]:
        return _("The portal's list was far shorter than ever. Until it can be believed, nothing counts as withdrawn.")
    return {
        "withdrawn": _("The portal no longer lists it."),
        "restored": _("The portal lists it again."),
        "file_replaced": _("Other bytes under the same address."),
        "file_withdrawn": _("The portal no longer offers this file."),
        "quarantined": _("Words that the agency meant to black out can be read in its file. Only editors see this."),
        "blocked": _("The portal refused us: from here on silence does not mean that nothing was released."),
        "broken": _("The portal changed and could not be read: from here on silence does not mean that nothing was released."),
        "mass_withdrawal": _("Many records were gone at once: withdrawn, or the portal was faulty."),
        "recovered": _("The portal could be seen again."),
    }.get(event.kind, "")  # fmt: skip


def tag_words(tag: str) -> tuple[str, str]:
    """A tag in a word or two, and what it means; an unknown one as it stands."""
    known = {
        LATE: (
            _("seen late"),
            _("The portal could not be seen for a while before: it happened at some time since the last good look."),
        ),
        "changed": (_("changed meanwhile"), _("It came back, but not as it was.")),
        "not seen since": (_("not seen since"), _("No complete look was possible since its day passed.")),
        "new spider version": (_("read anew"), _("Our own reading became better; the portal changed nothing.")),
        "partial": (_("in part"), _("Only a part could be read.")),
        "down": (_("down"), _("The portal did not answer.")),
        "reformatted": (_("same record"), _("Only the form of its key differs.")),
        DEPOSITED: (_("deposited"), _("Handed in by somebody, not published by the portal.")),
        DOUBTED[1][0]: (_("list doubted"), _("The list may not be the real one.")),
    }
    return known.get(tag) or (clean(tag, 40), "")
