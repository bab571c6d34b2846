"""One record's evidence as a WACZ 1.1.1 package: one file that replay tools open by themselves.

A ZIP with the WARC of `archive.export` (stored, so that a reader can jump into it), its index, the list of
pages, and `datapackage.json` with every file's size and SHA-256. Originals of revisits are in the WARC, so
the package needs nothing else. Specification: specs.webrecorder.net/wacz/1.1.1.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import msgspec

from archive.catalog.failures import database_errors
from archive.export import Exported, ExportFailed, export_record
from archive.holdings import Holdings
from archive.ids import uuid7
from archive.model import CaptureRow
from archive.warc.index import cdxj_lines, scan

WARC = "archive/data.warc.gz"
INDEX = "indexes/index.cdx"
PAGES = "pages/pages.jsonl"
_PIECE = 1 << 20
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first time that a ZIP can say; the real times stand in the WARC."""


def export_wacz(holdings: Holdings, portal: str, key: str, path: Path, *, with_quarantined: bool = False) -> Exported:
    """As `archive.export.export_record`, to `path` (`.wacz`), which appears when it is whole.

    Needs room for the evidence twice, beside `path`, for a moment.

    Raises:
        NoSuchRecord, ExportFailed, ObjectMissing, StoreUnavailable and the database's errors.
    """
    partial = path.with_name(f".{path.name}.{uuid7()}")
    try:
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
            warc = Path(folder) / Path(WARC).name
            exported = export_record(holdings, portal, key, warc, with_quarantined=with_quarantined)
            name, url = _record(portal, key)
            with partial.open("xb") as out:
                pack(warc, out, title=f"{portal}: {name}", main=url)
                out.flush()
                os.fsync(out.fileno())
                size = out.tell()
            partial.replace(path)
    except OSError as error:
        raise ExportFailed(f"the package could not be written: {error.strerror}", where=str(path)) from error
    finally:
        partial.unlink(missing_ok=True)
    return replace(exported, path=str(path), size=size)


def pack(warc: Path, out: IO[bytes], *, title: str, main: str = "") -> None:
    """Write the package of one WARC to `out`.

    Args:
        warc: gzip, one member per record.
        out: an empty file.
        title: of the package.
        main: the URL that readers are shown first, where the WARC has a page of it.

    Raises:
        OSError: reading or writing failed.
    """
    with warc.open("rb") as file:
        captures = scan(file, Path(WARC).name).captures
    pages = list(_pages(captures, main, title))
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    with zipfile.ZipFile(out, "w", allowZip64=True) as package:
        with warc.open("rb") as file:
            resources = [_add(package, WARC, iter(lambda: file.read(_PIECE), b""))]
        lines = (f"{line}\n".encode() for line in cdxj_lines(captures))
        resources.append(_add(package, INDEX, lines, deflate=True))
        listed = [{"format": "json-pages-1.0", "id": "pages", "title": title}, *pages]
        resources.append(_add(package, PAGES, (msgspec.json.encode(row) + b"\n" for row in listed), deflate=True))
        described: dict[str, Any] = {
            "profile": "data-package", "wacz_version": "1.1.1", "title": title, "created": now,
            "software": f"recordwatch {version('recordwatch')}", "resources": resources,
        }  # fmt: skip
        if pages:
            described |= {"mainPageUrl": pages[0]["url"], "mainPageDate": pages[0]["ts"]}
        text = msgspec.json.format(msgspec.json.encode(described))
        listing = _add(package, "datapackage.json", [text], deflate=True)
        digest = msgspec.json.encode({"path": listing["path"], "hash": listing["hash"]})
        _add(package, "datapackage-digest.json", [digest], deflate=True)


def _pages(captures: Sequence[CaptureRow], main: str, title: str) -> Iterable[dict[str, str]]:
    """Lines of pages.jsonl: what a person would open; `main`, newest first, before the others."""
    shown = [row for row in captures if row.mime in _HTML and row.status == 200 and row.method == "GET"]
    for row in sorted(shown, key=lambda row: (row.url != main, -row.at.timestamp(), row.url)):
        page = {"id": row.id, "url": row.url, "ts": row.at.astimezone(UTC).isoformat().replace("+00:00", "Z")}
        yield page | ({"title": title} if row.url == main else {})


def _add(package: zipfile.ZipFile, name: str, content: Iterable[bytes], *, deflate: bool = False) -> dict[str, Any]:
    """One file of the package, and its line in datapackage.json."""
    info = zipfile.ZipInfo(name, _EARLIEST)
    info.compress_type = zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED
    digest, size = hashlib.sha256(), 0
    with package.open(info, "w", force_zip64=True) as file:
        for piece in content:
            digest.update(piece)
            size += len(piece)
            file.write(piece)
    return {"name": Path(name).name, "path": name, "hash": f"sha256:{digest.hexdigest()}", "bytes": size}


def _record(portal: str, key: str) -> tuple[str, str]:
    """Title and address of the record, which may be named by an alias."""
    from django.apps import apps

    with database_errors():
        model, alias = apps.get_model("releases.Record"), apps.get_model("releases.Alias")
        row = model.objects.filter(portal=portal, key=key).first()
        if row is None:
            named = alias.objects.filter(portal=portal, name=key).values_list("record", flat=True)
            row = model.objects.filter(pk__in=named).first()
    return (row.title or row.key, row.url) if row is not None else (key, "")
