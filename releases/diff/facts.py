"""Two pictures or two recordings, by their facts."""

from __future__ import annotations

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
    both = old.duration is not None and new.duration is not None
    longer = round((new.duration or 0) - (old.duration or 0), 3) if both else None
    return MediaDiff(fields_diff(_media(old), _media(new)), longer)


def metadata_only(diff: FieldsDiff) -> bool:
    """Whether nothing but metadata differs."""
    return all(change.name.startswith(_META) for change in diff.changes)


_META = "metadata: "


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
