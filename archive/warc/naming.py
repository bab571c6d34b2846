"""Names of WARC files: `<portal>-<yyyymmddhhmmss>-<crawl short>-<nnnnn>.warc.gz`, and their store keys."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_NAME = re.compile(r"(?P<portal>.+)-(?P<year>\d{4})(?P<month>\d{2})\d{8}-(?P<crawl>[^-]+)-(?P<number>\d{5,})\.warc\.gz")
OPEN = ".open"


def warc_name(portal: str, at: datetime, crawl: str, number: int) -> str:
    """A file's final name; `crawl` is shortened to its last eight letters and digits, which are random."""
    short = re.sub(r"[^0-9A-Za-z]", "", crawl)[-8:] or "0"
    return f"{portal}-{at.astimezone(UTC):%Y%m%d%H%M%S}-{short}-{number:05d}.warc.gz"


def warc_key(name: str) -> str:
    """Store key of a file name. Raises ValueError for a name that is not ours."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise ValueError(f"{name!r} is not the name of a WARC of ours")
    return f"warc/{found['portal']}/{found['year']}/{found['month']}/{name}"


def number_of(name: str) -> int:
    """The number in a file name, open or sealed; 0 for other names."""
    found = _NAME.fullmatch(name.removesuffix(OPEN))
    return int(found["number"]) if found else 0
