"""Files, their states and their facts in words."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from django.utils.translation import gettext as _

from releases.access import without_names
from releases.models import File, FileFacts
from web.templatetags.newsroom import duration, label, thousands

_MOST_FACTS = 30


def state_words(file: File) -> tuple[str, str]:
    """(colour by meaning, sentence)."""
    known = {
        "present": ("good", _("The portal links it.")),
        "gone": ("warn", _("The page of its record links it, but its source no longer has it.")),
        "withdrawn": ("bad", _("The portal no longer links it. What it served is kept here.")),
        "deposited": ("note", _("Somebody handed it in; it was not captured from the portal.")),
        "unlisted": ("note", _("It is no longer watched; the portal did not change anything.")),
    }
    return known.get(file.state, ("note", label(file.state)))


def withheld_words(why: str) -> str:
    """Why a page has no picture."""
    known = {
        "held": _("This page holds words that the agency meant to black out. Its picture is not shown: it could let them through."),
        "named": _("This page holds a name or a passage that this newsroom does not show. Its picture is not shown."),
        "unknown": _("The words of this page cannot be read now, so that nobody can tell whether it holds what is not shown. Its picture is not shown until they can be."),
        "unread": _("Nobody has looked through this page yet for words that an agency meant to black out. It is shown once that is done."),
    }  # fmt: skip
    return known.get(why, "")


def facts_in_words(facts: Collection[FileFacts]) -> list[tuple[str, str]]:
    """(name, value) of what the file was found to be like inside; of each kind of facts the newest."""
    newest = {row.kind: row for row in facts}
    found = [pair for row in newest.values() for pair in _of(row)]
    said = [(name, value) for name, value in found if value][:_MOST_FACTS]
    return list(zip([one[0] for one in said], without_names([one[1] for one in said]), strict=True))


def _of(row: FileFacts) -> Iterator[tuple[str, str]]:
    said = row.facts
    if row.kind == "pdf":
        yield _("Pages"), thousands(said.get("count"))
    elif row.kind == "image":
        yield _("Pixels"), f"{said.get('width', 0):,} × {said.get('height', 0):,}"
        yield _("Format"), str(said.get("format", ""))
        yield _("Frames"), thousands(said["frames"]) if said.get("frames", 1) > 1 else ""
    elif row.kind == "media":
        yield _("Length"), duration(said.get("duration"))
        yield _("Container"), str(said.get("container", ""))
        yield _("Streams"), "; ".join(map(str, said.get("streams", ())))
    elif row.kind == "text":
        yield _("Text"), "" if said.get("trouble") == "unsupported" else str(said.get("error", ""))
    elif row.kind == "ocr":
        yield _("Read off its picture by"), row.engine
        yield _("Not read"), str(said.get("error", ""))
    yield _("Note"), str(said.get("note", ""))
    for name, value in (said.get("metadata") or {}).items():
        yield label(str(name)), str(value)[:500]
