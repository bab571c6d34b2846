"""Which reader a payload goes to: by its first bytes where they tell, else by its media type or its URL's ending."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

Kind = Literal["", "pdf", "html", "text", "document"]
"""`document`: what `office_reader` reads: Office files, mail, packed files."""

_TEXT = frozenset(
    {"text/plain", "text/csv", "text/tab-separated-values", "text/markdown", "text/xml", "text/calendar",
     "application/json", "application/xml", "application/geo+json", "application/rss+xml", "application/atom+xml"}
)  # fmt: skip
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_PDF = frozenset({"application/pdf", "application/x-pdf"})
_DOCUMENTS = {
    "application/msword": "doc",
    "application/vnd.ms-word": "doc",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.ms-outlook": "msg",
    "application/rtf": "rtf",
    "text/rtf": "rtf",
    "message/rfc822": "eml",
    "application/mbox": "mbox",
    "application/zip": "zip",
    "application/x-zip-compressed": "zip",
}
_FAMILIES = {
    "application/vnd.openxmlformats-officedocument.": "ooxml",
    "application/vnd.oasis.opendocument.": "odf",
    "application/vnd.ms-word.": "ooxml",
    "application/vnd.ms-excel.": "ooxml",
    "application/vnd.ms-powerpoint.": "ooxml",
}
"""Beginnings of media types: templates, macros and such have one of their own."""
_VAGUE = frozenset(
    {"", "application/octet-stream", "binary/octet-stream", "application/download", "application/force-download"}
)
_SUFFIXES = {
    ".pdf": "application/pdf", ".txt": "text/plain", ".csv": "text/csv", ".json": "application/json",
    ".html": "text/html", ".htm": "text/html", ".xml": "text/xml", ".md": "text/markdown",
    ".rtf": "application/rtf", ".eml": "message/rfc822", ".mbox": "application/mbox", ".zip": "application/zip",
    ".msg": "application/vnd.ms-outlook", ".doc": "application/msword", ".dot": "application/msword",
    ".xls": "application/vnd.ms-excel", ".ppt": "application/vnd.ms-powerpoint",
    **dict.fromkeys((".docx", ".docm", ".dotx", ".xlsx", ".xlsm", ".xltx", ".xlsb", ".pptx", ".pptm", ".ppsx"),
                    "application/vnd.openxmlformats-officedocument."),
    **dict.fromkeys((".odt", ".ott", ".ods", ".ots", ".odp", ".otp"), "application/vnd.oasis.opendocument."),
}  # fmt: skip
_STARTS = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"{\\rtf", "rtf"),
)
_MARKUP = (b"<!doctype html", b"<html")


def kind_of(mime: str, url: str, head: bytes = b"") -> tuple[Kind, str]:
    """(which reader, what `office_reader` is told it is). `head`: its first bytes, where they are known."""
    if b"%PDF-" in head[:1024]:
        return "pdf", ""
    said = mime.partition(";")[0].strip().lower()
    plain = _SUFFIXES.get(Path(urlsplit(url).path).suffix.lower(), "") if said in _VAGUE else said
    for start, name in _STARTS:
        if head.startswith(start):
            return "document", name
    claimed = _DOCUMENTS.get(plain) or next((n for start, n in _FAMILIES.items() if plain.startswith(start)), "")
    if claimed:
        if claimed not in {"eml", "mbox"} and head.lstrip(b"\xef\xbb\xbf \t\r\n")[:20].lower().startswith(_MARKUP):
            return "html", ""
        return "document", claimed
    if plain in _PDF:
        return "pdf", ""
    if plain in _HTML:
        return "html", ""
    return ("text" if plain in _TEXT else ""), ""


def can_extract(mime: str, url: str = "") -> bool:
    """Whether text may be had from a payload of this media type (or, if it says nothing, this URL's ending)."""
    return bool(kind_of(mime, url)[0])


def is_pdf(mime: str, url: str = "") -> bool:
    """Whether this media type (or, if it says nothing, this URL's ending) is a PDF's."""
    return kind_of(mime, url)[0] == "pdf"
