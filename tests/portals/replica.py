"""The answers in a portal's `pages/` as a real server."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from tests.replicas.server import HTML, Asked, PlatformReplica, Reply

KINDS = {".csv": "text/csv", ".json": "application/json", ".xml": "application/xml", ".gz": "application/gzip"}
"""By the ending of a stored file; all others are pages."""


def pages(folder: Path) -> dict[str, bytes]:
    """URL → body. `urls.tsv` in `folder` has one `file<TAB>URL` per line."""
    return {url: (folder / name).read_bytes() for url, name in names(folder).items()}


def names(folder: Path) -> dict[str, str]:
    """URL → name of the file."""
    lines = (folder / "urls.tsv").read_text("utf-8").splitlines()
    return {url: name for name, url in (line.split("\t") for line in lines if line)}


class Replica(PlatformReplica):
    """Serves `pages(folder)`; what is not there is 404. `tls` trusts its certificates."""

    def __init__(self, folder: Path) -> None:
        self.pages = pages(folder)
        self.kinds = {url: KINDS.get(Path(name).suffix, HTML) for url, name in names(folder).items()}
        super().__init__(hosts=tuple(sorted({urlsplit(url).hostname or "" for url in self.pages})))

    def answer(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        return self.reply(asked)

    def reply(self, asked: Asked) -> Reply:
        body = self.pages.get(asked.url)
        return Reply(body or b"", 200 if body is not None else 404, self.kinds.get(asked.url, HTML))
