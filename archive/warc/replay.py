"""Answers from WARCs: for a URL (and time) what was served, revisits resolved. For offline parsing."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from archive.model import CaptureRow
from archive.store.base import Store
from archive.warc.head import parse_head
from archive.warc.index import scan
from archive.warc.owned import owned
from archive.warc.parts import read_manifest, stitched, whole_head
from archive.warc.reader import entity_of, read_head, read_member, response_parts
from archive.warc.surt import surt
from config.errors import RecordwatchError

Opener = Callable[[CaptureRow], AbstractContextManager[BinaryIO]]


class NotArchived(RecordwatchError):
    """No capture answers this request."""


@dataclass(frozen=True, slots=True)
class ReplayedResponse:
    """What was served: the original's status, headers and body for a not-modified revisit."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    """Entity body, de-chunked, not content-decoded."""
    capture: CaptureRow

    def header(self, name: str) -> str:
        """First value of header `name` (any case), else empty."""
        wanted = name.lower().encode()
        for key, value in self.headers:
            if key.lower() == wanted:
                return value.decode("latin-1")
        return ""


class Replay:
    """Captures by URL. `opener` gives a stream that starts at a capture's member.

    Args:
        captures: what may be replayed.
        opener: opens the store or a file at a capture.
        asked: the body that was sent for a capture; without it a POST is told from another by its URL alone.
    """

    def __init__(
        self, captures: Iterable[CaptureRow], opener: Opener, asked: Callable[[CaptureRow], bytes] | None = None
    ) -> None:
        self._open = opener
        self._asked = asked
        self._by_id: dict[str, CaptureRow] = {}
        self._by_url: dict[str, list[CaptureRow]] = {}
        self._by_surt: dict[str, list[CaptureRow]] = {}
        self._by_digest: dict[str, CaptureRow] = {}
        for row in sorted(captures, key=lambda row: (row.at, row.id)):
            self._by_id[row.id] = row
            if row.kind == "failed":
                continue
            self._by_url.setdefault(row.url, []).append(row)
            self._by_surt.setdefault(row.surt, []).append(row)
            if row.kind == "response" and not row.truncated:
                self._by_digest.setdefault(row.payload_digest, row)

    @classmethod
    def from_file(cls, *paths: Path) -> Replay:
        """Replays WARC files, plain or gzip, of any origin."""
        places = {path.name: path for path in paths}
        captures: list[CaptureRow] = []
        requests: dict[str, int] = {}
        for name, path in places.items():
            with path.open("rb") as file:
                found = scan(file, name)
            captures += found.captures
            requests |= found.requests

        def opener(row: CaptureRow) -> AbstractContextManager[BinaryIO]:
            file = places[row.warc].open("rb")
            file.seek(row.offset)
            return file

        def asked(row: CaptureRow) -> bytes:
            if row.id not in requests:
                return b""
            with places[row.warc].open("rb") as file:
                file.seek(requests[row.id])
                _, body = read_head((record := read_member(file)).block)
                return body + record.block.read()

        return cls(captures, opener, asked)

    @classmethod
    def from_store(cls, store: Store, captures: Iterable[CaptureRow]) -> Replay:
        """Replays captures out of a store."""
        return cls(captures, lambda row: store.open(row.warc, row.offset, row.length))

    @property
    def urls(self) -> Sequence[str]:
        """Every URL that was answered, in the order first seen."""
        return list(self._by_url)

    def find(self, url: str, at: datetime | None = None, method: str = "GET", body: bytes = b"") -> CaptureRow:
        """The capture of `url` that is the latest at `at` (the earliest when all are later); the latest
        of all without `at`. The exact URL counts first, then URLs of the same SURT key. With `body`, only
        what was answered to these bytes. Raises NotArchived.
        """
        for rows in (self._by_url.get(url, []), self._by_surt.get(surt(url), [])):
            fitting = [row for row in rows if row.method == method]
            if body and self._asked is not None:
                fitting = [row for row in fitting if self._asked(row) == body]
            if fitting:
                if at is None:
                    return fitting[-1]
                return fitting[max(bisect_right(fitting, at, key=lambda row: row.at) - 1, 0)]
        raise NotArchived("No capture of this URL", where=f"{method} {url}")

    def get(self, url: str, at: datetime | None = None, method: str = "GET", body: bytes = b"") -> ReplayedResponse:
        """What `url` answered. Raises NotArchived, also when a revisit's original is not here."""
        return self.replay(self.find(url, at, method, body))

    def replay(self, row: CaptureRow) -> ReplayedResponse:
        """What capture `row` answered."""
        if row.kind in {"response", "deposit"}:
            return self._read(row, row)
        if row.kind == "assembled":
            return self._whole(row, row)
        original = self._by_id.get(row.refers_to) or self._by_digest.get(row.payload_digest)
        if original is None or original.kind not in {"response", "assembled"}:
            raise NotArchived("The original this revisit refers to is not here", where=f"{row.url} {row.refers_to}")
        answer = self._whole(original, row) if original.kind == "assembled" else self._read(original, row)
        if row.kind == "revisit-not-modified":
            return answer
        own = self._read(row, row)
        return ReplayedResponse(own.status, own.headers, answer.body, row)

    def _whole(self, row: CaptureRow, capture: CaptureRow) -> ReplayedResponse:
        """What came in parts, put together."""
        with self._open(row) as stream:
            manifest = read_manifest(response_parts(read_member(stream)).body)
        with self._open(self._part(manifest.parts[0].capture)) as stream:
            head = parse_head(whole_head(response_parts(read_member(stream)).raw_head, manifest))
        with stitched(manifest.parts, self._open_part) as whole:
            return ReplayedResponse(head.status, head.headers, whole.read(), capture)

    def _part(self, capture: str) -> CaptureRow:
        row = self._by_id.get(capture)
        if row is None:
            raise NotArchived("A part of this file is not here", where=capture)
        return row

    def _open_part(self, capture: str) -> BinaryIO:
        return entity_of(owned(self._open(self._part(capture))))

    def _read(self, row: CaptureRow, capture: CaptureRow) -> ReplayedResponse:
        with self._open(row) as stream:
            parts = response_parts(read_member(stream))
            return ReplayedResponse(parts.status, parts.headers, parts.body.read(), capture)
