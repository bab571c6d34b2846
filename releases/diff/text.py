"""Two texts: which lines differ, which words in them, what only moved, and what nobody would call a change."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import msgspec

from releases.diff.model import Hunk, NoiseKind, Op, Piece, TextDiff
from releases.diff.paired import paired
from releases.diff.sequence import Effort, Match, matches

Canonical = Callable[[str], tuple[str, NoiseKind | None]]
"""What of a line counts, and of what kind the rest is."""

MOST_WORDS = 200_000
"""Of a hunk that is compared word by word."""
_MOVED = 24
"""Characters; shorter lines (headings, numbers) are often there twice by chance."""
_TOKEN = re.compile(r"\s+|\w+(?:[-'’.,/:]\w+)*|[^\w\s]")
_BEFORE = 2
"""Lines told with a hunk, so that a number has its label."""
_BETWEEN = 3
"""Equal words between two differences that are too few to be worth stopping for."""
_LITTLE = 0.3
"""Of the words of the longer text: with fewer equal ones, one was not made from the other."""


def spaced(line: str) -> tuple[str, NoiseKind | None]:
    """The least that every text is freed of: runs of white space."""
    return " ".join(line.split()), "white space"


def text_diff(old: str, new: str, canonical: Canonical = spaced) -> TextDiff:
    """What turns `old` into `new`; `applied` does it. Lines equal in what `canonical` gives are noise where they differ."""
    return lines_diff(old.split("\n"), new.split("\n"), canonical)


def lines_diff(
    old: Sequence[str], new: Sequence[str], canonical: Canonical = spaced, effort: Effort | None = None
) -> TextDiff:
    """As `text_diff`, of lines. `effort`: what is left of the steps for several texts."""
    if tuple(old) == tuple(new):
        return TextDiff()
    shared, effort = effort, effort or Effort(len(old) + len(new))
    seen: dict[str, tuple[str, NoiseKind | None]] = {}

    def key(line: str) -> tuple[str, NoiseKind | None]:
        if line not in seen:
            seen[line] = canonical(line)
        return seen[line]

    equal = matches([key(line)[0] for line in old], [key(line)[0] for line in new], effort)
    hunks, noise = [], list(_noise(old, new, equal, key))
    gaps = list(_gaps(equal, len(old), len(new)))
    away, here = _moved(old, new, gaps, key)
    size = sum(len(old[i]) for a0, a1, _, _ in gaps for i in range(a0, a1))
    size += sum(len(new[j]) for _, _, b0, b1 in gaps for j in range(b0, b1))
    words = shared or Effort(size // 3)
    ends = {(match.old + match.length, match.new + match.length): match.length for match in equal}
    for a0, a1, b0, b1 in gaps:
        hunk = _hunk(old, a0, a1, new, b0, b1, away, here, words)
        if same := min(ends.get((a0, b0), 0), _BEFORE):
            hunk = msgspec.structs.replace(hunk, before=tuple(new[b0 - same : b0]))
        if hunk.noise:
            noise.append(hunk)
        else:
            hunks.append(hunk)
    noise.sort(key=lambda hunk: (hunk.old_at, hunk.new_at))
    return _counted(hunks, noise, coarse=effort.over or words.over)


def applied(diff: TextDiff, old: str) -> str:
    """The new text: `diff` carried out on the old one."""
    return "\n".join(applied_lines(diff, old.split("\n")))


def applied_lines(diff: TextDiff, old: Sequence[str]) -> list[str]:
    """As `applied`, of lines."""
    lines, at = [], 0
    for hunk in sorted((*diff.hunks, *diff.noise), key=lambda hunk: (hunk.old_at, hunk.new_at)):
        lines += [*old[at : hunk.old_at], *hunk.new]
        at = hunk.old_at + len(hunk.old)
    return [*lines, *old[at:]]


def mirrored(diff: TextDiff) -> TextDiff:
    """The diff of the texts exchanged."""
    return msgspec.structs.replace(
        diff,
        hunks=tuple(map(_turned, diff.hunks)),
        noise=tuple(sorted(map(_turned, diff.noise), key=lambda hunk: (hunk.old_at, hunk.new_at))),
        words_added=diff.words_removed,
        words_removed=diff.words_added,
    )


def words_diff(old: str, new: str, effort: Effort | None = None) -> tuple[Piece, ...]:
    """Two texts word by word: removed and same pieces joined are `old`, added and same ones `new`, but
    for white space.
    """
    a, b = _tokens(old), _tokens(new)
    if len(a) + len(b) > MOST_WORDS:
        whole: tuple[tuple[Op, str], ...] = (("removed", old), ("added", new))
        return tuple(Piece(op, text) for op, text in whole if text)
    left, right = ([" " if token.isspace() else token for token in side] for side in (a, b))
    equal = _worthwhile(matches(left, right, effort), left, len(a), len(b))
    pieces: list[Piece] = []
    i = j = 0
    for match in (*equal, Match(len(a), len(b), 0)):
        _add(pieces, "removed", a[i : match.old])
        _add(pieces, "added", b[j : match.new])
        i, j = match.old + match.length, match.new + match.length
        _add(pieces, "same", b[match.new : j])
    return tuple(pieces)


def by_line(old: Sequence[str], new: Sequence[str], effort: Effort | None = None) -> tuple[Piece, ...]:
    """As `words_diff`, of lines paired by likeness; empty where none are."""
    pairs = paired(old, new)
    pieces: list[Piece] = []
    i = j = 0
    for a, b in (*pairs, (len(old), len(new))) if pairs else ():
        _add(pieces, "removed", [f"{line}\n" for line in old[i:a]])
        _add(pieces, "added", [f"{line}\n" for line in new[j:b]])
        if a < len(old) and b < len(new):
            pieces += [*words_diff(old[a], new[b], effort), Piece("same", "\n")]
        i, j = a + 1, b + 1
    return tuple(pieces)


def words_in(text: str) -> int:
    """Words, as people count them."""
    return len(text.split())


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)


def _add(pieces: list[Piece], op: Op, tokens: Sequence[str]) -> None:
    if tokens:
        pieces.append(Piece(op, "".join(tokens)))


def _worthwhile(equal: list[Match], words: Sequence[str], a: int, b: int) -> list[Match]:
    """Without equal words that only interrupt: a few between two longer differences say nothing, and where
    little is equal in all, only what is equal at length.
    """
    said = [sum(word[0].isalnum() for word in words[match.old : match.old + match.length]) for match in equal]
    little = sum(said) < _LITTLE * max(a, b) / 2  # every second token is a blank
    kept: list[Match] = []
    i = j = 0
    for number, match in enumerate(equal):
        after = equal[number + 1] if number + 1 < len(equal) else Match(a, b, 0)
        before = match.old - i + match.new - j
        behind = after.old - match.old - match.length + after.new - match.new - match.length
        few = said[number] <= _BETWEEN and before + behind > 8 * said[number] and min(before, behind) > 2 * said[number]
        inside = bool(before and behind)
        if inside and (said[number] == 0 or few):
            continue
        if little and (before or behind) and said[number] <= 2 * _BETWEEN:
            continue
        kept.append(match)
        i, j = match.old + match.length, match.new + match.length
    return kept


def _gaps(equal: Sequence[Match], a: int, b: int) -> Iterator[tuple[int, int, int, int]]:
    i = j = 0
    for match in (*equal, Match(a, b, 0)):
        if match.old > i or match.new > j:
            yield i, match.old, j, match.new
        i, j = match.old + match.length, match.new + match.length


def _noise(
    old: Sequence[str], new: Sequence[str], equal: Sequence[Match], key: Callable[[str], tuple[str, NoiseKind | None]]
) -> Iterator[Hunk]:
    """Lines that count as equal and are not."""
    for match in equal:
        for i, j in zip(
            range(match.old, match.old + match.length), range(match.new, match.new + match.length), strict=True
        ):
            if old[i] != new[j]:
                blank = " ".join(old[i].split()) == " ".join(new[j].split())
                kind = "white space" if blank else key(new[j])[1] or key(old[i])[1]
                yield Hunk(i, (old[i],), j, (new[j],), words_diff(old[i], new[j]), kind or "white space")


def _moved(
    old: Sequence[str],
    new: Sequence[str],
    gaps: Sequence[tuple[int, int, int, int]],
    key: Callable[[str], tuple[str, NoiseKind | None]],
) -> tuple[dict[int, int], dict[int, int]]:
    """Lines that went and came, once each: {old line: new line}, and the other way round."""
    gone = [(key(old[i])[0], i) for a0, a1, _, _ in gaps for i in range(a0, a1)]
    come = [(key(new[j])[0], j) for _, _, b0, b1 in gaps for j in range(b0, b1)]
    counts, other = Counter(line for line, _ in gone), Counter(line for line, _ in come)
    once = {line for line, count in counts.items() if count == 1 and other[line] == 1 and len(line) >= _MOVED}
    places = {line: j for line, j in come if line in once}
    away = {i: places[line] for line, i in gone if line in once}
    return away, {j: i for i, j in away.items()}


def _hunk(
    old: Sequence[str], a0: int, a1: int, new: Sequence[str], b0: int, b1: int,
    away: dict[int, int], here: dict[int, int], effort: Effort,
) -> Hunk:  # fmt: skip
    left = "\n".join(old[i] for i in range(a0, a1) if i not in away)
    right = "\n".join(new[j] for j in range(b0, b1) if j not in here)
    pieces = [Piece("moved away", old[i], away[i] + 1) for i in range(a0, a1) if i in away]
    moved = bool(pieces) or any(j in here for j in range(b0, b1))
    words = words_diff(left, right, effort)
    noise: NoiseKind | None = None
    if not moved and all(piece.op == "same" or not piece.text.strip() for piece in words):
        noise = "line breaks"
    elif a1 - a0 > 1 or b1 - b0 > 1:
        lines = by_line(left.split("\n"), right.split("\n"), effort)
        words = lines if lines and _changed_words(lines) <= _changed_words(words) else words
    pieces += words
    pieces += [Piece("moved here", new[j], here[j] + 1) for j in range(b0, b1) if j in here]
    return Hunk(a0, tuple(old[a0:a1]), b0, tuple(new[b0:b1]), tuple(pieces), noise)


def _changed_words(pieces: Sequence[Piece]) -> int:
    return sum(words_in(piece.text) for piece in pieces if piece.op != "same")


def _counted(hunks: Sequence[Hunk], noise: Sequence[Hunk], *, coarse: bool) -> TextDiff:
    words: Counter[str] = Counter()
    for hunk in hunks:
        for piece in hunk.pieces:
            words[piece.op] += words_in(piece.text)
    return TextDiff(
        tuple(hunks), tuple(noise), words["added"], words["removed"], words["moved here"], coarse,
    )  # fmt: skip


def _turned(hunk: Hunk) -> Hunk:
    away = [Piece("moved away", piece.text, piece.line) for piece in hunk.pieces if piece.op == "moved here"]
    here = [Piece("moved here", piece.text, piece.line) for piece in hunk.pieces if piece.op == "moved away"]
    pieces = (*away, *turned_pieces(hunk.pieces), *here)
    return Hunk(hunk.new_at, hunk.new, hunk.old_at, hunk.old, pieces, hunk.noise, hunk.before)


def turned_pieces(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Removed and added exchanged; of those between two that stay, what is removed then comes first."""
    waiting: list[Piece] = []
    for piece in pieces:
        if piece.op == "removed":
            waiting.append(Piece("added", piece.text))
        elif piece.op == "added":
            yield Piece("removed", piece.text)
        elif piece.op == "same":
            yield from waiting
            waiting.clear()
            yield piece
    yield from waiting
