"""One entry of the witness log and its exact bytes. docs/reference/witness-log.md specifies them."""

from __future__ import annotations

import msgspec

from config.errors import RetryableError

GENESIS = "0" * 64
"""`previous` of entry 1."""


class TimestampFailed(RetryableError):
    """The authority gave no token that holds."""


class LogEntry(msgspec.Struct, frozen=True):
    """One sealed object. As JSON: sorted keys, no white space, UTF-8; those bytes are what is chained."""

    seq: int
    at: str
    """UTC, ISO 8601 with microseconds and `Z`, by our own clock."""
    key: str
    sha256: str
    size: int
    previous: str
    """SHA-256 of the previous entry's bytes, lowercase hex."""
    signer: str
    """SHA-256 of the public key's SubjectPublicKeyInfo (DER), lowercase hex."""
    signature: str = ""
    """Ed25519, lowercase hex, over this entry's JSON without the member `signature`."""


def signed_bytes(entry: LogEntry) -> bytes:
    """What the signature of `entry` covers."""
    members = msgspec.to_builtins(entry)
    del members["signature"]
    return msgspec.json.encode(members, order="sorted")


def entry_bytes(entry: LogEntry) -> bytes:
    """The object's bytes."""
    return msgspec.json.encode(entry, order="sorted")


def entry_key(seq: int) -> str:
    """Store key of entry `seq`."""
    return f"log/{seq:012d}.json"


def token_key(seq: int) -> str:
    """Store key of the timestamp token of entry `seq`."""
    return f"log/{seq:012d}.tsr"
