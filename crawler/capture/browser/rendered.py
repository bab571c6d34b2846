"""What a visit leaves behind: for who asked, and in the archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from archive.export_loaded import LOADED_TYPE, Loaded
from archive.model import Archived
from crawler.capture.browser.behaviours.runner import Album
from crawler.capture.browser.media import Played, kinds
from crawler.capture.fetch import Fetched

RENDERED = "urn:recordwatch:rendered:"
"""With the capture of the page's document behind it: the document as the scripts left it, HTML in UTF-8. With
another `:` and `tab-2`, `modal-1` or `page-2` behind that: the document with this tab or modal open, or with this
page of its list."""
SCREENSHOT = "urn:recordwatch:screenshot:"
"""Likewise: the whole page as a PNG."""
VISIT = "urn:recordwatch:visit:"
"""Likewise: what was done on the page and what it played, as JSON; only where there is something to say."""
VISIT_TYPE = "application/vnd.recordwatch.visit+json"


class Keeper(Protocol):
    """What the renderer asks of the crawl's writer."""

    async def resource(self, uri: str, payload: bytes, mime: str, engine: str = "") -> str: ...

    async def metadata(self, capture: str, url: str, payload: bytes, mime: str, engine: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Rendered:
    """One page after its visit."""

    url: str
    """Where the browser was in the end, without fragment."""
    main: Fetched
    """The exchange that brought the page's document."""
    document: bytes | None
    """The document as its scripts left it, UTF-8; None when it is no HTML, and `main` all there is."""
    notes: tuple[str, ...] = ()
    """What whoever reads it should know, one sentence each."""
    states: tuple[bytes, ...] = ()
    """The documents that turning its list gave after `document`, in order."""
    unfinished: str = ""
    """Why its list had not ended yet, where that is so."""
    media: Mapping[str, Played] = field(default_factory=dict)
    """What its players asked for, by address."""


async def keep(
    keeper: Keeper,
    main: Archived,
    album: Album,
    engine: str,
    did: Sequence[str],
    media: Mapping[str, Played],
    loaded: Sequence[str],
) -> None:
    """Write the documents and the picture of a visit, which captures it is made of, and what was done and played
    where something was.
    """
    assert album.document is not None
    capture = main.capture
    beside = [one for one in loaded if one != capture]
    if beside:
        await keeper.metadata(capture, main.url, msgspec.json.encode(Loaded(beside)), LOADED_TYPE, engine)
    html = "text/html; charset=utf-8"
    await keeper.resource(RENDERED + capture, album.document, html, engine)
    if album.picture is not None:
        await keeper.resource(SCREENSHOT + capture, album.picture, "image/png", engine)
    for name, document in album.others.items():
        await keeper.resource(f"{RENDERED}{capture}:{name}", document, html, engine)
    if did or media:
        said = {
            "did": did,
            "documents": list(album.others),
            "media": kinds(media),
            "unfinished": album.unfinished,
            "url": album.url,
        }
        await keeper.resource(VISIT + capture, msgspec.json.encode(said, order="sorted"), VISIT_TYPE, engine)
