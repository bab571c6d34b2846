"""How much of a diff is noise, by kind: counted, so that it can be said, and shown when asked."""

from __future__ import annotations

from collections import Counter

from releases.diff.model import Comparison, FieldsDiff, FileDiff, NoiseKind, PageDiff, PdfDiff, TextDiff, TextFileDiff

Counts = Counter[NoiseKind]


def set_aside(diff: Comparison) -> Counts:
    """Differences of each kind that no reader would call a change."""
    counts: Counts = Counter()
    if diff.fields:
        counts += _fields(diff.fields)
    for file in (diff.page, *(one.diff for one in diff.files)):
        if file is not None:
            counts += file_noise(file)
    return counts


def file_noise(diff: FileDiff) -> Counts:
    """As `set_aside`, of one payload."""
    content = diff.content
    if isinstance(content, PageDiff):
        counts = _text(content.text)
        counts += Counter({"navigation": len(content.navigation.hunks) + len(content.navigation.noise)})
        counts += Counter(link.noise or "token" for link in content.links_noise)
        for oddment in content.oddments:
            counts[oddment.kind] += oddment.count
        return counts
    if isinstance(content, PdfDiff):
        counts = _fields(content.metadata)
        for page in (*content.pages, *content.noise):
            if page.text:
                counts += _text(page.text)
        return counts
    return _text(content.text) if isinstance(content, TextFileDiff) else Counter()


def _text(diff: TextDiff) -> Counts:
    return Counter(hunk.noise or "white space" for hunk in diff.noise)


def _fields(diff: FieldsDiff) -> Counts:
    return Counter(change.noise or "flapping field" for change in diff.noise)
