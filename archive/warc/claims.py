"""Digests that records claim: ours are `sha256:` in hexadecimal, the world's also `sha1:` in Base32."""

from __future__ import annotations

import hashlib
from base64 import b16decode, b32decode
from dataclasses import dataclass, field
from typing import Protocol


class Hash(Protocol):
    """What hashlib gives."""

    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


@dataclass(slots=True)
class Claim:
    """A claimed digest, and the hash to be fed and compared with it."""

    name: str
    wanted: bytes
    hash: Hash = field(repr=False)

    @property
    def holds(self) -> bool:
        return self.hash.digest() == self.wanted


def claim_of(name: str, value: str) -> Claim:
    """The claim in a digest field's value. Raises ValueError for what we can not check."""
    algorithm, _, text = value.strip().partition(":")
    made = hashlib.new(algorithm.lower().replace("-", ""), usedforsecurity=False)
    if not made.digest_size:
        raise ValueError(f"{algorithm} has no fixed length")
    if len(text) == made.digest_size * 2:
        wanted = b16decode(text.upper())
    else:
        wanted = b32decode(text.upper() + "=" * (-len(text) % 8))
    if len(wanted) != made.digest_size:
        raise ValueError(f"{len(wanted)} bytes are no {algorithm} digest")
    return Claim(name, wanted, made)
