"""The parts of a packed document, read within limits. Part of the sandboxed reader."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from lxml import etree

MOST_PARTS = 20_000
"""Of one document."""
MOST_BYTES = 256 * 1024**2
"""Unpacked, of all parts of one document that are read."""
MOST_CHARACTERS = 32 * 1024**2
"""Of one document's text."""
_SMALL = 4 * 1024**2
_PIECE = 256 * 1024
_TYPES = "[Content_Types].xml"


class Stopped(Exception):
    """Nothing more is read. `trouble` as in `releases.text.outcome`."""

    def __init__(self, trouble: str, error: str) -> None:
        super().__init__(error)
        self.trouble = trouble
        self.error = error


class Parts:
    """A ZIP archive whose parts may be lies."""

    def __init__(self, file: BinaryIO) -> None:
        self._archive = zipfile.ZipFile(file)
        self.names = [info.filename for info in self._archive.infolist() if not info.is_dir()]
        if len(self.names) > MOST_PARTS:
            raise Stopped("too large", f"it is packed of {len(self.names):,} parts; {MOST_PARTS:,} are the most")
        self._left = MOST_BYTES

    def pieces(self, name: str) -> Iterator[bytes]:
        """A part, bit by bit. Raises KeyError where there is none."""
        info = self._archive.getinfo(name)
        if info.flag_bits & 1:
            raise Stopped("encrypted", "it is encrypted and asks for a password")
        with self._archive.open(info) as part:
            while piece := part.read(_PIECE):
                self._left -= len(piece)
                if self._left < 0:
                    raise Stopped("too large", f"unpacked it is larger than {MOST_BYTES:,} bytes")
                yield piece

    def size(self, name: str) -> int:
        """Bytes that a part says to have, unpacked; no more are ever read of it."""
        return self._archive.getinfo(name).file_size

    def read(self, name: str, most: int = _SMALL) -> bytes:
        """A small part whole; Stopped where it has more than `most` bytes."""
        out = bytearray()
        for piece in self.pieces(name):
            out += piece
            if len(out) > most:
                raise Stopped("too large", f"a part of it is larger than {most:,} bytes")
        return bytes(out)

    def feed(self, name: str, target: Any) -> None:
        """Read the XML of a part into a `target` of lxml's: no tree is made, no entity resolved, nothing fetched."""
        parser = etree.XMLParser(target=target, resolve_entities=False, no_network=True, huge_tree=False)
        for piece in self.pieces(name):
            parser.feed(piece)
        parser.close()

    def tree(self, name: str) -> Any:
        """A small part as a tree."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        return etree.fromstring(self.read(name), parser)

    def related(self, name: str) -> Mapping[str, str]:
        """Relation id → part, of the part `name`. What lies outside of the document is left out."""
        folder, _, last = name.rpartition("/")
        found = {}
        try:
            tree = self.tree(f"{folder}/_rels/{last}.rels".lstrip("/"))
        except KeyError:
            return {}
        for relation in tree.iter("{*}Relationship"):
            if relation.get("TargetMode") != "External":
                target = relation.get("Target", "")
                path = target.lstrip("/") if target.startswith("/") else f"{folder}/{target}"
                found[relation.get("Id", "")] = _flat(path)
        return found

    def kind(self) -> str:
        """`docx`, `pptx`, `sheets`, `odt`, `odp`, or `zip` for what is no document by itself."""
        if "mimetype" in self.names:
            said = self.read("mimetype", 1024).decode("ascii", "replace")
            if "opendocument" in said:
                self._refuse_encrypted()
                return "sheets" if "spreadsheet" in said else "odp" if "presentation" in said else "odt"
        if _TYPES in self.names:
            said = self.read(_TYPES).decode("utf-8", "replace")
            for word, kind in (
                ("wordprocessingml", "docx"), ("presentationml", "pptx"), ("spreadsheetml", "sheets"),
                ("ms-excel.sheet", "sheets"), ("ms-word.document", "docx"), ("ms-powerpoint.", "pptx"),
            ):  # fmt: skip
                if word in said:
                    return kind
        return "zip"

    def _refuse_encrypted(self) -> None:
        if "META-INF/manifest.xml" in self.names and b"encryption-data" in self.read("META-INF/manifest.xml"):
            raise Stopped("encrypted", "it is encrypted and asks for a password")


def _flat(path: str) -> str:
    """Without `..`; it names a part of the archive, never a file."""
    out: list[str] = []
    for step in path.split("/"):
        if step == "..":
            out = out[:-1]
        elif step not in {"", "."}:
            out.append(step)
    return "/".join(out)
