"""Two pictures or two recordings, by their facts."""

from __future__ import annotations

import re
from typing import Any

from releases.diff.fields import fields_diff
from releases.diff.model import FieldsDiff, ImageDiff, MediaDiff
from releases.diff.pdf import picture_distance
from releases.facts.model import ImageFacts, MediaFacts


def image_diff(old: ImageFacts, new: ImageFacts) -> ImageDiff:
    """Dimensions, format, frames, metadata; and how unlike they look."""
    return ImageDiff(fields_diff(_image(old), _image(new)), picture_distance(old.picture, new.picture))


def media_diff(old: MediaFacts, new: MediaFacts) -> MediaDiff:
    """Duration, streams, container, metadata."""
    if bool(old.details) != bool(new.details):
        old, new = _comparable(old, new)
    both = old.duration is not None and new.duration is not None
    longer = round((new.duration or 0) - (old.duration or 0), 3) if both else None
    return MediaDiff(fields_diff(_media(old), _media(new)), longer)


_INEXACT = 0.5
"""Seconds by which two programs may differ over one file."""


def _comparable(old: MediaFacts, new: MediaFacts) -> tuple[MediaFacts, MediaFacts]:
    """What two programs, of which each names codecs and tags its own way, say alike: length, and sizes of streams."""
    close = abs((new.duration or 0) - (old.duration or 0)) < _INEXACT
    return (
        MediaFacts(old.container, old.duration, _sizes(old)),
        MediaFacts(new.container, old.duration if close else new.duration, _sizes(new)),
    )


def _sizes(facts: MediaFacts) -> tuple[str, ...]:
    streams = (phrase.split() for phrase in facts.streams)
    return tuple(sorted(" ".join([kind, *filter(_SIZE.fullmatch, rest)]) for kind, *rest in streams))


def metadata_only(diff: FieldsDiff) -> bool:
    """Whether nothing but metadata differs."""
    return all(change.name.startswith(_META) for change in diff.changes)


_META = "metadata: "
_SIZE = re.compile(r"\d+x\d+")


def _image(facts: ImageFacts) -> dict[str, Any]:
    return {
        "width": facts.width, "height": facts.height, "format": facts.format, "frames": facts.frames,
        **({"note": facts.note} if facts.note else {}), **_metadata(facts.metadata),
    }  # fmt: skip


def _media(facts: MediaFacts) -> dict[str, Any]:
    return {
        "container": facts.container, "duration": facts.duration, "streams": list(facts.streams),
        **({"note": facts.note} if facts.note else {}), **_metadata(facts.metadata),
    }  # fmt: skip


def _metadata(found: dict[str, str]) -> dict[str, str]:
    return {f"{_META}{name}": value for name, value in found.items()}
