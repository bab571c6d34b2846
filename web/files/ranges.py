"""Range requests of RFC 9110, section 14: which bytes somebody wants. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

_BYTES = re.compile(r"bytes\s*=\s*(.*)", re.IGNORECASE | re.ASCII)
_ONE = re.compile(r"(\d{0,18})\s*-\s*(\d{0,18})", re.ASCII)
_LONGEST = 200
"""Characters of a header that is read; a longer one asks for many ranges."""


class Wanted(NamedTuple):
    """Bytes `start` to `end`, `end` not included."""

    start: int
    end: int
    open: bool
    """Whether no last byte was named: as many as there are, in as many answers as it takes."""


class CannotSatisfy(Exception):
    """No byte of what is there was asked for."""


def wanted(header: str, size: int) -> Wanted | None:
    """What a Range header asks for of `size` bytes; None where the whole is to be sent: no header, one that makes no
    sense, one of other units, or several ranges, which we may answer so (section 14.2).

    Raises:
        CannotSatisfy.
    """
    found = _BYTES.fullmatch(header.strip()) if 0 < len(header) <= _LONGEST else None
    one = _ONE.fullmatch(found[1].strip()) if found else None
    if one is None or not (one[1] or one[2]):
        return None
    if not one[1]:
        last = min(int(one[2]), size)
        if not last:
            raise CannotSatisfy
        return Wanted(size - last, size, open=False)
    start, end = int(one[1]), int(one[2]) + 1 if one[2] else size
    if end <= start < size:
        return None
    if start >= size:
        if one[2] and end <= start:
            return None
        raise CannotSatisfy
    return Wanted(start, min(end, size), open=not one[2])


def accepts(header: str | None, coding: str) -> bool:
    """Whether an Accept-Encoding header takes this content coding (section 12.5.3); without a header everything goes."""
    if header is None:
        return True
    takes: dict[str, bool] = {}
    for part in header.lower()[:1000].split(","):
        name, _, rest = part.partition(";")
        weight = re.search(r"q\s*=\s*([\d.]+)", rest)
        takes[name.strip()] = not (weight and re.fullmatch(r"0*\.?0*", weight[1]))
    same = {"gzip": "x-gzip", "x-gzip": "gzip"}.get(coding, coding)
    return takes.get(coding, takes.get(same, takes.get("*", False)))
