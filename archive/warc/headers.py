"""A WARC record's header as it is read."""

from __future__ import annotations

from archive.warc.source import Damage

_WHITE = " \t\r\n"
_FOLD = " \t"


class Headers:
    """A WARC record's header: names and values in order; names in any case."""

    def __init__(self, pairs: list[tuple[str, str]], version: str = "WARC/1.1") -> None:
        self.pairs = pairs
        self.version = version
        self._first = {name.lower(): value for name, value in reversed(pairs)}

    def get(self, name: str, default: str = "") -> str:
        """First value of `name`."""
        return self._first.get(name.lower(), default)

    def all(self, name: str) -> list[str]:
        """Every value of `name`."""
        wanted = name.lower()
        return [value for key, value in self.pairs if key.lower() == wanted]

    @property
    def type(self) -> str:
        return self.get("WARC-Type").lower()

    @property
    def id(self) -> str:
        """WARC-Record-ID without brackets and `urn:uuid:`."""
        return self.get("WARC-Record-ID").strip().strip("<>").removeprefix("urn:uuid:")

    @property
    def url(self) -> str:
        """WARC-Target-URI; the brackets that WARC 1.0's grammar asked for are taken off."""
        value = self.get("WARC-Target-URI").strip(_WHITE)
        return value[1:-1] if value.startswith("<") and value.endswith(">") else value

    @property
    def content_length(self) -> int:
        """Bytes of the block; -1 when the field is missing or not a number."""
        value = self.get("Content-Length").strip()
        return int(value) if value.isascii() and value.isdigit() and len(value) < 20 else -1


def parse_header(raw: bytes) -> Headers:
    """A record's header from its bytes. Raises Damage when it does not begin with `WARC/`."""
    lines = raw.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    if not lines[0].startswith("WARC/"):
        raise Damage(f"a record was expected, found {lines[0][:40]!r}")
    pairs: list[tuple[str, str]] = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if line[:1] in _FOLD and pairs:
            if line:
                pairs[-1] = pairs[-1][0], f"{pairs[-1][1]} {line.strip(_WHITE)}"
        elif colon:
            pairs.append((name.strip(_WHITE), value.strip(_WHITE)))
    return Headers(pairs, lines[0].strip())
