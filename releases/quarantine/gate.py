"""The gate that every text read from a `conversion` passes before anybody or anything is shown it.

Search documents, snippets, diffs and whatever comes later ask `hidden` which passages are held back,
and show what `masked` leaves. Kept by payload digest: the same bytes at another record, or at another
portal, have the same passages.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from releases.models import Quarantine
from releases.restricting.in_force import in_force
from releases.text.passages import MASK as MASK  # noqa: PLC0414  stands for one passage: not even its length is told
from releases.text.passages import Spans

HIDING = ("held", "kept")
"""States in which a passage is shown to nobody."""
EVERYTHING = (0, 2**31 - 1)
"""A span over whatever the page's text is."""
_SLICE = 500


def hidden(digests: Collection[str]) -> dict[str, dict[int, Spans]]:
    """Passages held back in these payloads, quarantined or restricted: `{digest: {1-based page: spans}}`; digests
    without any are absent.

    Reads the database. Released passages are not in it.
    """
    found: dict[str, dict[int, list[tuple[int, int]]]] = {}
    wanted = sorted(set(digests) - {""})
    for start in range(0, len(wanted), _SLICE):
        rows = Quarantine.objects.filter(digest__in=wanted[start : start + _SLICE], state__in=HIDING)
        for digest, page, spans in rows.values_list("digest", "page", "spans"):
            found.setdefault(digest, {}).setdefault(page, []).extend((first, last) for first, last in spans)
    asked = set(digests)
    for digest, pages in in_force().passages.items():
        if digest in asked:
            for page, spans in pages.items():
                found.setdefault(digest, {}).setdefault(page, []).extend(spans)
    return {digest: {page: merged(spans) for page, spans in pages.items()} for digest, pages in found.items()}


def quarantined(digests: Collection[str]) -> set[str]:
    """Those of these payloads with passages that wait for an editor, or that one kept hidden. Reads the database."""
    found: set[str] = set()
    wanted = sorted(set(digests) - {""})
    for start in range(0, len(wanted), _SLICE):
        rows = Quarantine.objects.filter(digest__in=wanted[start : start + _SLICE], state__in=HIDING)
        found.update(rows.values_list("digest", flat=True))
    return found


def masked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """`text` with MASK in place of each of `spans`, whatever their order; what lies beyond its end is ignored."""
    out, at = [], 0
    for start, end in merged(spans):
        if start >= len(text):
            break
        out += [text[at:start], MASK]
        at = min(end, len(text))
    return "".join([*out, text[at:]])


def merged(spans: Iterable[Sequence[int]]) -> Spans:
    """The same characters as ascending spans that neither overlap nor touch; empty ones are dropped."""
    out: Spans = []
    for start, end in sorted((max(0, span[0]), span[1]) for span in spans):
        if end <= start:
            continue
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out
