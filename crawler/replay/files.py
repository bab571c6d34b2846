"""WARC files and WACZ packages as a shelf: an export of ours, or what any other tool wrote. No home is needed."""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from archive.model import CaptureRow
from archive.store.span import Span
from archive.warc.index import scan
from archive.warc.reader import read_member
from archive.warc.surt import surt
from config.errors import ConfigError
from crawler.replay.shelf import Moment, Sent, request_of

_ZIP = b"PK\3\4"
_LOCAL_HEAD = 30
"""Bytes of a ZIP's local header before name and extra field (APPNOTE.TXT section 4.3.7)."""


class Place(NamedTuple):
    """A WARC: a file, or a stretch of one."""

    path: Path
    start: int
    length: int | None

    def open(self, offset: int = 0) -> BinaryIO:
        file = self.path.open("rb")
        file.seek(self.start + offset)
        return file


class FileShelf:
    """The captures of some WARC files, plain or gzip, or in a WACZ; damage is passed over, as far as it goes."""

    def __init__(self, paths: Sequence[Path]) -> None:
        """Raises ConfigError for a file that cannot be read, or has nothing to show."""
        self._places: dict[str, Place] = {}
        self._requests: dict[str, int] = {}
        self._by_id: dict[str, CaptureRow] = {}
        self._by_digest: dict[str, CaptureRow] = {}
        self._by_url: dict[str, list[CaptureRow]] = defaultdict(list)
        self._by_surt: dict[str, list[CaptureRow]] = defaultdict(list)
        self.problems: list[str] = []
        """What is damaged in the files, one sentence each."""
        for path in paths:
            try:
                self._places |= _places(path)
            except zipfile.BadZipFile as error:
                raise ConfigError(f"this package cannot be read: {error}", where=str(path)) from error
            except OSError as error:
                raise ConfigError(f"this file cannot be read: {error.strerror}", where=str(path)) from error
        for name, place in self._places.items():
            with place.open() as file:
                found = scan(io.BufferedReader(Span(file, place.length, contextlib.nullcontext)), name)
            self._requests |= found.requests
            self._by_id |= {row.id: row for row in found.captures if row.kind != "deposit"}
            self.problems += [f"{name}: {one.what} (byte {one.offset})" for one in found.problems]
        if not self._by_id:
            why = f": {self.problems[0]}" if self.problems else ""
            raise ConfigError(f"there is no capture of a page in here{why}", where=", ".join(map(str, paths)))
        for row in sorted(self._by_id.values(), key=lambda row: (row.at, row.id)):
            self._by_url[row.url].append(row)
            self._by_surt[row.surt].append(row)
            if row.kind == "response" and not row.truncated:
                self._by_digest.setdefault(row.payload_digest, row)

    def exact(self, url: str, moment: Moment) -> list[CaptureRow]:  # noqa: ARG002  all are looked at
        return list(self._by_url.get(url, ()))

    def alike(self, key: str, moment: Moment) -> list[CaptureRow]:  # noqa: ARG002
        return list(self._by_surt.get(key, ()))

    def beside(self, path: str, moment: Moment) -> list[CaptureRow]:
        return [
            row
            for key, rows in self._by_surt.items()
            if key == path or key.startswith(f"{path}?")
            for row in rows
            if row.crawl == moment.crawl
        ]

    def times(self, url: str) -> list[CaptureRow]:
        return list(self._by_url.get(url) or self._by_surt.get(surt(url), []))

    def of_host(self, key: str, most: int) -> list[str]:
        found: Iterable[CaptureRow] = (row for row in self._by_id.values() if row.surt.startswith(key))
        return sorted({row.url for row in found if row.kind != "failed"})[:most]

    def by_id(self, capture: str) -> CaptureRow | None:
        return self._by_id.get(capture)

    def original(self, row: CaptureRow) -> CaptureRow | None:
        if not row.kind.startswith("revisit"):
            return row
        return self._by_id.get(row.refers_to) or self._by_digest.get(row.payload_digest)

    def held_back(self, rows: Collection[CaptureRow]) -> set[str]:  # noqa: ARG002  whoever made the file decided
        return set()

    def open_record(self, row: CaptureRow) -> BinaryIO:
        return self._places[row.warc].open(row.offset)

    def fetch(self, row: CaptureRow, offset: int, length: int) -> bytes:
        with self._places[row.warc].open(offset) as file:
            return file.read(length)

    def sent(self, row: CaptureRow) -> Sent:
        if row.id not in self._requests:
            return Sent()
        with self._places[row.warc].open(self._requests[row.id]) as file:
            return request_of(read_member(file))

    def disconnect(self) -> None:
        """Files are opened for each look."""


def _places(path: Path) -> dict[str, Place]:
    """The WARCs of one file, by name. Raises OSError, BadZipFile, and ConfigError for what is packed too tightly."""
    with path.open("rb") as file:
        if file.read(len(_ZIP)) != _ZIP:
            return {str(path): Place(path, 0, None)}
        with zipfile.ZipFile(file) as package:
            inside = [one for one in package.infolist() if one.filename.endswith((".warc", ".warc.gz"))]
        return dict(_stored(path, file, inside))


def _stored(path: Path, file: BinaryIO, inside: Iterable[zipfile.ZipInfo]) -> Iterator[tuple[str, Place]]:
    for one in inside:
        if one.compress_type != zipfile.ZIP_STORED:
            raise ConfigError(
                "a WARC in this package is compressed once more, so that nothing can be looked up in it",
                where=f"{path}: {one.filename}",
                todo="unpack the ZIP, and give the WARC itself",
            )
        file.seek(one.header_offset)
        head = file.read(_LOCAL_HEAD)
        lengths = int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
        yield f"{path}: {one.filename}", Place(path, one.header_offset + _LOCAL_HEAD + lengths, one.file_size)
