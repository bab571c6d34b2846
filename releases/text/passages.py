"""The text of a page as it is kept, and passages of it. Loaded by the sandboxed reader too: standard library only."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable

Spans = list[tuple[int, int]]

MASK = "█████"
_NOISE = "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"
_CHANGED = re.compile(f"(?P<gone>[\ufffe\x02]\r?\n?)|(?P<line>\r\n?)|(?P<noise>{_NOISE})")
_WORD = re.compile(r"\w+(?:['’\-]\w+)*")
_PART = re.compile(r"[^\W_]+")
_DISTINCT = 5
"""Letters of a word that is sought inside of others too: `ByrneAda` holds the name `Byrne`."""
_GAP = re.compile(r"[\W_]*")


def clean(text: str) -> str:
    """Words that a line break had hyphenated are whole again; characters that are none are gone."""
    return text if text.isprintable() else _CHANGED.sub(_instead, text).strip()


def _instead(found: re.Match[str]) -> str:
    return "\n" if found["line"] else ""


def places(text: str) -> list[int]:
    """For each character of `text` where it stands in `clean(text)`, -1 where it is gone."""
    moved: list[int] = []
    at = 0
    for found in _CHANGED.finditer(text):
        kept = found.start() - len(moved)
        moved += range(at, at + kept)
        at += kept
        if found["line"]:
            moved += [at, -1][: len(found[0])]
            at += 1
        else:
            moved += [-1] * len(found[0])
    moved += range(at, at + len(text) - len(moved))
    whole = _CHANGED.sub(_instead, text)
    before, length = len(whole) - len(whole.lstrip()), len(whole.strip())
    if text.isprintable():
        return list(range(len(text)))
    return [place - before if 0 <= place - before < length else -1 for place in moved]


def passages(text: str, taken: Collection[int]) -> Spans:
    """Spans of the whole words that any of the characters `taken` belong to, joined over what is no word."""
    out: Spans = []
    for word in _WORD.finditer(text):
        start, end = word.span()
        if not any(place in taken for place in range(start, end)):
            continue
        if out and _GAP.fullmatch(text, out[-1][1], start):
            start = out.pop()[0]
        out.append((start, end))
    return out


def without(said: str, passages_: Iterable[str]) -> str:
    """`said` (a title, an author) with the words of hidden passages masked, common short ones left.

    Whatever case or accents they have there, and also as parts of `Byrne_statement.pdf`.
    """
    secret = {part for passage in passages_ for part in _PART.findall(_folded(passage)) if len(part) > 2}
    if not secret:
        return said
    long = tuple(part for part in secret if len(part) >= _DISTINCT)
    hides = re.compile("|".join(map(re.escape, sorted(long, key=len, reverse=True)))) if long else None

    def instead(found: re.Match[str]) -> str:
        folded = _folded(found[0])
        told = not secret.isdisjoint(_PART.findall(folded)) or (hides and hides.search(folded))
        return MASK if told else found[0]

    return _WORD.sub(instead, said)


def _folded(text: str) -> str:
    """Without case, ligatures and accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
