"""What the address of a file's page asks for: every part of it may be nonsense."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, QueryDict

from releases.search.marking import asked_of_texts

MOST_QUERY = 1000
"""Characters of a query; more make none."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The page's own part of the address."""

    query: QueryDict
    version: int | None
    page: int | None
    """None: none was named."""
    part: int | None
    """Of a long page."""
    q: str
    seconds: float
    """Where in a recording."""
    cues: int | None
    """Which screenful of a transcript."""

    @classmethod
    def of(cls, request: HttpRequest) -> Asked:
        """Read it; numbers that are none, or too large, are not there."""
        get = request.GET
        q = get.get("q", "").replace("\x00", "").strip()
        return cls(
            get, number(get.get("v", "")), number(get.get("page", "")), number(get.get("part", "")),
            q if len(q) <= MOST_QUERY else "", seconds(get.get("t", "")), number(get.get("cues", "")),
        )  # fmt: skip

    @property
    def words(self) -> str:
        """What is looked for in a text, without what the query asks of records."""
        return ", ".join(asked_of_texts(self.q)) or self.q

    def link(self, **changes: object) -> str:
        """The same page's query with `changes`; None takes a key away."""
        kept: dict[str, str] = {
            name: str(self.query[name]) for name in ("v", "page", "part", "q", "t") if self.query.get(name)
        }
        if not self.q:
            kept.pop("q", None)
        for name, value in changes.items():
            kept.pop(name, None)
            if value is not None:
                kept[name] = str(value)
        made = QueryDict(mutable=True)
        made.update(kept)
        return f"?{made.urlencode()}"


def number(said: str) -> int | None:
    """A number from 1 on."""
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 and int(said) else None


def seconds(said: str) -> float:
    """`75`, `75.5`, `1:15` or `1:01:15` as seconds; 0 for what is none."""
    parts = said.split(":")
    if not 0 < len(parts) <= 3 or len(said) > 20:
        return 0.0
    total = 0.0
    for part in parts:
        if not part.isascii() or not part.replace(".", "", 1).isdigit():
            return 0.0
        total = 60 * total + float(part)
    return min(total, 360_000.0)
