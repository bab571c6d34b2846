"""What a COPA case page offers to download or play: documents as links, media in modal windows.

A media block is an icon `#linkID`, a Bootstrap modal `#modalID`, and an inline script that puts the
player's address into the modal's empty iframe when the icon is clicked: `var src = '…'`.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from releases.model import File
from spiders.errors import PageError
from spiders.page import Part
from spiders.players import media_file

SOURCE = re.compile(r"""\bsrc\s*=\s*(['"])(?P<url>(?:https?:)?\\?/\\?/.+?)\1""")
LINK = re.compile(r"#link([\w-]+)")
DOCUMENT = re.compile(r"\.(?:pdf|docx?|xlsx?|csv|txt|rtf|zip|jpe?g|png|tiff?)\Z", re.IGNORECASE)
KINDS = (
    (re.compile(r"\bsupplement\w*\b.*\b(?:fsr|summary|memo)", re.IGNORECASE), "supplemental-summary-report"),
    (re.compile(r"\bnon-?\s?conc", re.IGNORECASE), "non-concurrence"),
    (re.compile(r"\bfsr\b|final summary|summary report", re.IGNORECASE), "final-summary-report"),
    (re.compile(r"\bmemo(?:randum)?\b", re.IGNORECASE), "memo"),
    (re.compile(r"case incident repor|incident/offense|\bocir\b|\bcase report\b", re.IGNORECASE), "incident-report"),
    (re.compile(r"tactical response|\btrr\b", re.IGNORECASE), "tactical-response-report"),
    (re.compile(r"officer.?s battery|\bobr\b", re.IGNORECASE), "officers-battery-report"),
    (re.compile(r"arrest report", re.IGNORECASE), "arrest-report"),
    (re.compile(r"transcript", re.IGNORECASE), "transcript"),
)
ICONS = {"fa-file-video-o": "video", "fa-file-sound-o": "audio", "fa-file-audio-o": "audio"}


def case_files(body: Part) -> tuple[File, ...]:
    """The files of a case page's `.entry-content`, media before documents, each identity once.

    Raises:
        PageError: a media block whose address cannot be found.
    """
    found: dict[str, File] = {}
    for file in (*_media(body), *_documents(body)):
        found.setdefault(file.identity or file.url, file)
    return tuple(found.values())


def _documents(body: Part) -> list[File]:
    files = []
    for link in body.links():
        path = urlsplit(link.href).path
        if "large-icon" in link.attribute("class").split() or DOCUMENT.search(path) or "/wp-content/uploads/" in path:
            name = link.text or path.rsplit("/", 1)[-1]
            files.append(File(link.href, name, document_kind(f"{name} {path.rsplit('/', 1)[-1]}")))
    return files


def document_kind(name: str) -> str:
    """`final-summary-report`, `tactical-response-report` …, or `document`, from the printed name."""
    plain = name.replace("_", " ")  # `2026-0000901_FSR`
    return next((kind for pattern, kind in KINDS if pattern.search(plain)), "document")


def _media(body: Part) -> list[File]:
    addresses: dict[str, str] = {}
    for script in body.many("script"):
        code = script.source
        source, link = SOURCE.search(code), LINK.search(code)
        if source and link:
            addresses[link[1]] = source["url"]
    files = []
    for icon in body.many(".large-icon[id^=link]"):
        number = icon.attribute("id").removeprefix("link")
        address = addresses.get(number, "")
        kind = next(
            (ICONS[name] for part in icon.many("span") for name in part.attribute("class").split() if name in ICONS), ""
        )
        file = media_file(body.url, address, icon.text, kind or "video")
        if file is None:
            raise PageError(
                body.url, f"script for #link{number}", "`var src = '<address>'`", repr(address) if address else "none"
            )
        files.append(file)
    for frame in body.many("iframe[src]"):
        file = media_file(body.url, frame.attribute("src"), frame.attribute("title") or "Embedded player", "video")
        if file is not None:
            files.append(file)
    for player in body.many("video[src], audio[src], video source[src], audio source[src]"):
        file = media_file(
            body.url,
            player.attribute("src"),
            player.attribute("title") or player.tag,
            "audio" if player.tag == "audio" else "video",
        )
        if file is not None:
            files.append(file)
    return files
