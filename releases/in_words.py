"""Values of fields in words, for alerts and terminals alike. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)")
_BETWEEN = " · "
"""Between the parts of an entry."""
_FIRST = ("date", "what", "name", "title", "key")
"""Parts of an entry that come first; the others follow as they stand."""
_BEGINNING, _CONTEXT = 60, 20
"""Characters that two texts must share before their beginning is left out, and those of it that are kept."""


def in_words(value: object) -> str:
    """`value` without brackets and braces: an entry's parts after each other, entries that have parts after `; `.

    A request's timeline: `2026-03-02 09:05 · Request opened; 2026-03-09 10:00 · Documents released`.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        parts = (_MOMENT.sub(r"\1 \2", in_words(value[name])) for name in sorted(value, key=_place))
        return _BETWEEN.join(filter(None, dict.fromkeys(parts)))  # an action and its status often say the same
    if isinstance(value, (list, tuple)):
        return ("; " if _structured(value) else ", ").join(filter(None, map(in_words, value)))
    return str(value)


def before_and_after(old: object, new: object) -> tuple[object, object]:
    """What to show of a change. Of two lists of entries only those that one of them lacks, and how many there are:
    `2 entries`, `3 entries, new: …`. Of two long texts what comes after the words that both begin with, so that the
    difference is not where a line is cut. Everything else as it is.
    """
    if isinstance(old, str) and isinstance(new, str):
        return _from_difference(old, new)
    if not (isinstance(old, list) and isinstance(new, list) and old and new and _structured([*old, *new])):
        return old, new
    before, after = _known(old), _known(new)
    gone = [entry for name, entry in before.items() if name not in after]
    come = [entry for name, entry in after.items() if name not in before]
    if not gone and not come:
        return _entries(old), _("%(entries)s, in another order or repeated") % {"entries": _entries(new)}
    said, then = _entries(old), _entries(new)
    if gone:
        said = _("%(entries)s, among them: %(gone)s") % {"entries": said, "gone": in_words(gone)}
    if come:
        then = _("%(entries)s, new: %(come)s") % {"entries": then, "come": in_words(come)}
    return said, then


def _from_difference(old: str, new: str) -> tuple[str, str]:
    shorter = min(len(old), len(new))
    common = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    if common < _BEGINNING or old == new:
        return old, new
    start = old.rfind(" ", 0, common - _CONTEXT) + 1
    return (f"… {old[start:]}", f"… {new[start:]}") if start else (old, new)


def _place(name: object) -> int:
    return _FIRST.index(name) if name in _FIRST else len(_FIRST)


def _structured(values: Sequence[object]) -> bool:
    return any(isinstance(one, (Mapping, list, tuple)) for one in values)


def _known(entries: Sequence[object]) -> dict[str, object]:
    return {json.dumps(entry, sort_keys=True, default=str): entry for entry in entries}


def _entries(values: Sequence[object]) -> str:
    return ngettext("%(n)s entry", "%(n)s entries", len(values)) % {"n": f"{len(values):,}"}
