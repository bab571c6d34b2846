"""What is in a downloaded package, read without recordwatch: zip, and warcio, which checks each record's digest."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator


def payloads(package: Path) -> set[str]:
    """SHA-256 (hex) of every payload in a WACZ whose files and records are as its own digests say."""
    found = set()
    with zipfile.ZipFile(package) as opened:
        assert opened.testzip() is None
        listed = {one["path"]: one for one in json.loads(opened.read("datapackage.json"))["resources"]}
        for name, one in listed.items():
            assert "sha256:" + hashlib.sha256(opened.read(name)).hexdigest() == one["hash"], name
        archives = [name for name in listed if name.startswith("archive/")]
        assert archives
        for name in archives:
            for record in ArchiveIterator(io.BytesIO(opened.read(name)), check_digests="raise"):
                if record.rec_type == "response":
                    found.add(hashlib.sha256(record.content_stream().read()).hexdigest())
    return found
