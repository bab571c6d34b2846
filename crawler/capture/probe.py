"""A look at a file's head (HEAD, RFC 9110 section 9.3.2), where its bytes cost too much to come every time.

A head can prove that a file changed, and only seldom that it did not: a length that agrees is no proof.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Literal

from archive.model import Held
from crawler.capture.fetch import Fetched
from crawler.capture.validators import same_version

Finding = Literal["same", "perhaps", "other", "mute"]
"""`same`: proven by a digest, or by a validator that was the same before the bytes were last had. `perhaps`: only
the length agrees. `other`: it is another file now. `mute`: the head was refused or says nothing of the bytes."""

_SHA256 = re.compile(r"(?:^|,)\s*sha-256\s*=\s*:?([A-Za-z0-9+/]{43}=):?\s*(?:$|[,;])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Probe:
    """What a file's head is compared with."""

    held: Held
    etag: str = ""
    """Of its last head before its bytes were last had; empty when there was none."""
    last_modified: str = ""
    """The same."""


def judge(fetched: Fetched, probe: Probe) -> Finding:
    """What the head says of the bytes that we hold."""
    if fetched.status != 200:
        return "mute"
    coded = fetched.header("content-encoding").strip().lower() not in {"", "identity"}
    for name in ("content-digest", "repr-digest", "digest"):  # RFC 9530, and RFC 3230 before it
        found = _SHA256.search(fetched.header(name))
        if found and not coded:
            return "same" if _hex(found[1]) == probe.held.payload_digest.removeprefix("sha256:") else "other"
    length = fetched.header("content-length").strip()
    told = length.isascii() and length.isdigit()
    if told and not coded and int(length[:18]) != probe.held.payload_length:
        return "other"
    etag, modified = fetched.header("etag"), fetched.header("last-modified")
    if probe.etag or probe.last_modified:
        if etag and probe.etag:
            return "same" if same_version(etag, probe.etag) else "other"
        if modified and probe.last_modified:
            return "same" if modified == probe.last_modified else "other"
    return "perhaps" if told and not coded else "mute"


def _hex(coded: str) -> str:
    try:
        return base64.b64decode(coded, validate=True).hex()
    except binascii.Error:
        return ""
