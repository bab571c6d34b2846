"""Walks the whole witness log and says everything that is wrong with it."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from archive.keys import read_public, signed_by
from archive.log_entry import GENESIS, LogEntry, TimestampFailed, entry_bytes, entry_key, signed_bytes, token_key
from archive.store.base import ObjectMissing, Store

if TYPE_CHECKING:
    from archive.timestamps import Authority

_NUMBERED = re.compile(r"log/(\d{12,})\.(json|tsr)\Z")


@dataclass(frozen=True, slots=True)
class LogReport:
    """What a walk over the log found. `problems`: one sentence each, in the log's order."""

    entries: int
    head: int
    """Number of the last entry."""
    signers: dict[str, int]
    """Entries per key fingerprint: a name that is not yours deserves a question."""
    problems: tuple[str, ...]
    untimestamped: tuple[int, ...]
    """Entries without a token although an authority is configured: owed, not wrong."""

    unchecked: int = 0
    """Timestamps that exist while no authority is configured to check them with."""

    @property
    def ok(self) -> bool:
        """No problem; owed timestamps are none."""
        return not self.problems


class Checker:
    """One walk. `authority` checks the tokens. `seen`: number and SHA-256 of an entry that must be there."""

    def __init__(self, store: Store, authority: Authority | None, seen: tuple[int, str] | None) -> None:
        self._store = store
        self._authority = authority
        self._seen = seen
        self._problems: list[str] = []
        self._keys: dict[str, Ed25519PublicKey | None] = {}

    def run(self) -> LogReport:
        """Walk. Raises StoreRefused and StoreUnavailable; everything else is in the report."""
        numbers, tokens = self._listed()
        wanted: dict[str, tuple[int, int]] = {}
        signers: Counter[str] = Counter()
        owed: list[int] = []
        previous, expected = GENESIS, 1
        for seq in numbers:
            if seq != expected:
                gap = f"{expected}" if seq == expected + 1 else f"{expected} to {seq - 1}"
                self._say(f"log entry {gap} is missing")
            data = self._read(entry_key(seq))
            entry = self._entry(seq, data)
            if entry is not None:
                if entry.previous != previous and seq == expected:
                    self._say(f"log entry {seq} does not continue entry {seq - 1}: one of the two was changed")
                self._signature(entry)
                signers[entry.signer] += 1
                wanted.setdefault(entry.key, (seq, entry.size))
            digest = hashlib.sha256(data).hexdigest()
            if self._seen and self._seen[0] == seq and self._seen[1] != digest:
                self._say(f"log entry {seq} is not the one this home has written or seen")
            if seq in tokens:
                self._token(seq, data)
            elif self._authority:
                owed.append(seq)
            previous, expected = digest, seq + 1
        if self._seen and self._seen[0] >= expected:
            self._say(
                f"the log ends at entry {expected - 1}, but this home has seen entry {self._seen[0]}: its end was removed"
            )
        for seq in sorted(tokens.difference(numbers)):
            self._say(f"timestamp {token_key(seq)} belongs to no log entry")
        self._objects(wanted)
        unchecked = 0 if self._authority else len(tokens)
        return LogReport(len(numbers), expected - 1, dict(signers), tuple(self._problems), tuple(owed), unchecked)

    def _listed(self) -> tuple[list[int], set[int]]:
        found: dict[str, list[int]] = {"json": [], "tsr": []}
        for item in self._store.list("log/"):
            match = _NUMBERED.match(item.key)
            if match:
                found[match[2]].append(int(match[1]))
            elif not item.key.startswith("log/keys/"):
                self._say(f"{item.key} does not belong into the log")
        return sorted(found["json"]), set(found["tsr"])

    def _entry(self, seq: int, data: bytes) -> LogEntry | None:
        try:
            entry = msgspec.json.decode(data, type=LogEntry)
        except msgspec.DecodeError as error:
            self._say(f"log entry {seq} can not be read: {error}")
            return None
        if entry.seq != seq:
            self._say(f"log entry {seq} says that it is entry {entry.seq}")
        if entry_bytes(entry) != data:
            self._say(f"log entry {seq} is not in the canonical form: it was not written by recordwatch")
        return entry

    def _signature(self, entry: LogEntry) -> None:
        public = self._public(entry.signer)
        if public is None:
            self._say(f"log entry {entry.seq} is signed by key {entry.signer[:16]}, which the store does not hold")
        elif not signed_by(public, entry.signature, signed_bytes(entry)):
            self._say(f"log entry {entry.seq} has a wrong signature")

    def _public(self, name: str) -> Ed25519PublicKey | None:
        if name not in self._keys:
            good = re.fullmatch(r"[0-9a-f]{64}", name)
            try:
                self._keys[name] = read_public(self._read(f"log/keys/{name}.pem"), name) if good else None
            except ObjectMissing:
                self._keys[name] = None
        return self._keys[name]

    def _token(self, seq: int, data: bytes) -> None:
        if self._authority is None:
            return
        try:
            self._authority.check(self._read(token_key(seq)), data)
        except TimestampFailed as error:
            self._say(f"the timestamp of log entry {seq} is wrong: {error.what}")

    def _objects(self, wanted: dict[str, tuple[int, int]]) -> None:
        # One listing instead of a question per entry.
        for item in self._store.list():
            seq, size = wanted.pop(item.key, (0, item.size))
            if size != item.size:
                self._say(f"{item.key} has {item.size} bytes, log entry {seq} witnessed {size}")
        for key, (seq, _) in wanted.items():
            self._say(f"{key}, witnessed by log entry {seq}, is missing from the store")

    def _read(self, key: str) -> bytes:
        with self._store.open(key) as stream:
            return stream.read()

    def _say(self, sentence: str) -> None:
        self._problems.append(sentence)
