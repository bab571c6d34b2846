"""The witness log: what was sealed, when, in an order nobody can change afterwards.

One object per entry, `log/<seq:012>.json`, counted from 1, created and never overwritten. Each entry
holds the SHA-256 of the entry before it and our Ed25519 signature, so that an entry can not be changed,
removed or put in between without breaking every later one. Beside it stands an RFC 3161 token
(`log/<seq:012>.tsr`) when a timestamp authority is configured. docs/reference/witness-log.md is the
specification, for readers without recordwatch.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from archive.ids import uuid7
from archive.keys import SigningKey, open_key
from archive.log_check import Checker, LogReport
from archive.log_entry import GENESIS, LogEntry, TimestampFailed, entry_bytes, entry_key, signed_bytes, token_key
from archive.store.base import ObjectExists, ObjectMissing, Store
from config.errors import RecordwatchError, RetryableError
from config.faults import fault
from config.home import Timestamps

if TYPE_CHECKING:
    from archive.timestamps import Authority

LOOK_BACK = 32
"""How many of the last entries a resend is compared with."""
CACHED = 256
HEAD_FILE = "log-head"
ATTEMPTS = 1000
"""Appends by others that one append gives way to before it gives up."""

logger = logging.getLogger(__name__)


class LogBusy(RetryableError):
    """Other processes appended so fast that this one found no free number."""


class LogDamaged(RecordwatchError):
    """An entry of the log is not what recordwatch writes."""


def _authority(timestamps: Timestamps) -> Authority:
    # Late: what timestamps need weighs 20 MB, and most homes have no authority.
    from archive.timestamps import Authority

    return Authority(timestamps)


class WitnessLog:
    """Appends to the log in `store`. Several processes, threads and machines may append at once.

    `keys` is the folder of our signing key, made on first use (0600). Thread-safe.
    """

    def __init__(self, store: Store, keys: Path, timestamps: Timestamps) -> None:
        self.store = store
        self._keys = keys
        self._key: SigningKey | None = None
        self.authority = _authority(timestamps) if timestamps.authority else None
        self._lock = threading.Lock()
        self._head = 0
        self._recent: OrderedDict[int, tuple[LogEntry | None, str]] = OrderedDict()

    def append(self, key: str, sha256: str, size: int) -> LogEntry:
        """Witness that the object `key` has these bytes. The object must be in the store already.

        A resend after a crash gives the entry that exists: the last 32 entries are compared. An older
        twin is not found and the object is witnessed a second time, which is true and harmless.

        A timestamp authority that is down or answers wrongly does not undo the seal: the entry is
        written, the token is asked for again at later appends, `verify` says so meanwhile.

        Raises:
            StoreFull, StoreRefused, StoreUnavailable; LogBusy when others append without a pause;
            ConfigError when the signing key can not be read.
        """
        with self._lock:
            entry = self._append(key, sha256, size)
        fault("log.appended")
        self._stamp_recent()
        return entry

    def verify(self) -> LogReport:
        """Walk the whole log: gaps, broken chain, wrong signatures, wrong timestamps, an end that was
        cut off since this home last saw it, and witnessed objects that are missing or of another size.
        Their bytes are the business of `recordwatch verify --full`.

        Raises:
            StoreRefused, StoreUnavailable.
        """
        return Checker(self.store, self.authority, self._seen_head()).run()

    def entries(self, start: int = 1) -> Iterator[LogEntry]:
        """The entries from number `start` on, until the first that is missing. Raises LogDamaged."""
        seq = start
        while True:
            try:
                entry = self._entry(seq)[0]
            except ObjectMissing:
                return
            if entry is None:
                raise LogDamaged(
                    "this log entry can not be read",
                    where=entry_key(seq),
                    todo="`recordwatch verify` says what is wrong",
                )
            yield entry
            seq += 1

    def head(self) -> int:
        """Number of the last entry, 0 when there is none.

        Found by asking for numbers that double and then halving: about 2 log2(n) questions for the
        first call, one or two afterwards.
        """
        low = self._head
        if not low and (seen := self._seen_head()) and self._exists(seen[0]):
            low = seen[0]
        step = 1
        while self._exists(low + step):
            low += step
            step *= 2
        high = low + step
        while high - low > 1:
            middle = (low + high) // 2
            if self._exists(middle):
                low = middle
            else:
                high = middle
        self._head = low
        return low

    def stamp(self, seq: int) -> bool:
        """Ask the authority for the token of entry `seq` unless it is there.

        Returns False when no authority is configured or it rests after a failure.

        Raises:
            TimestampFailed: the authority is down, or its answer does not hold.
        """
        if self.authority is None or self.authority.resting:
            return False
        if self._exists_key(token_key(seq)):
            return True
        token = self.authority.token(self._bytes(seq))
        # Somebody else may have been faster; both tokens are good, one is enough.
        with suppress(ObjectExists):
            self.store.put_bytes(token_key(seq), token)
        return True

    def _append(self, key: str, sha256: str, size: int) -> LogEntry:
        signing = self._signing()
        compared = 0
        for _ in range(ATTEMPTS):
            head = self.head()
            for seq in range(head, max(head - LOOK_BACK, compared), -1):
                if (earlier := self._earlier(seq)) and (earlier.key, earlier.sha256) == (key, sha256):
                    return earlier
            compared = head
            entry = self._signed(signing, head + 1, key, sha256, size)
            data = entry_bytes(entry)
            try:
                self.store.put_bytes(entry_key(entry.seq), data)
            except ObjectExists:
                continue
            self._head = entry.seq
            self._remember(entry.seq, entry, hashlib.sha256(data).hexdigest())
            self._note_head(entry.seq)
            return entry
        raise LogBusy(f"{ATTEMPTS} other entries came first", where=self.store.name, todo="try again")

    def _signed(self, signing: SigningKey, seq: int, key: str, sha256: str, size: int) -> LogEntry:
        entry = LogEntry(
            seq=seq,
            at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            key=key,
            sha256=sha256,
            size=size,
            previous=self._entry(seq - 1)[1] if seq > 1 else GENESIS,
            signer=signing.fingerprint,
        )
        return msgspec.structs.replace(entry, signature=signing.sign(signed_bytes(entry)).hex())

    def _signing(self) -> SigningKey:
        if self._key is None:
            self._key = open_key(self._keys)
            self.store.put_bytes(f"log/keys/{self._key.fingerprint}.pem", self._key.public_pem)
        return self._key

    def _seen_head(self) -> tuple[int, str] | None:
        """Number and SHA-256 of the last entry this home has written: where to look first, and a
        witness against cutting off the log's end.
        """
        try:
            number, digest = (self._keys / HEAD_FILE).read_text("ascii").split()
            return int(number), digest
        except (OSError, ValueError):
            return None

    def _note_head(self, seq: int) -> None:
        seen = self._seen_head()
        if seen and seen[0] >= seq:
            return
        path = self._keys / HEAD_FILE
        temporary = path.with_name(f".{HEAD_FILE}.{uuid7()}")
        # A hint: without it the head is found by more questions.
        with suppress(OSError):
            temporary.write_text(f"{seq} {self._recent[seq][1]}\n", "ascii")
            temporary.replace(path)

    def _stamp_recent(self) -> None:
        if self.authority is None:
            return
        try:
            for seq in range(self._head, max(self._head - LOOK_BACK, 0), -1):
                if not self.stamp(seq):
                    return
        except TimestampFailed as error:
            logger.warning("the seal stands, its timestamp is owed: %s", error)

    def _earlier(self, seq: int) -> LogEntry | None:
        """Entry `seq`, or None when it is damaged or gone: that is for `verify` to tell, sealing goes on."""
        try:
            return self._entry(seq)[0]
        except ObjectMissing:
            return None

    def _entry(self, seq: int) -> tuple[LogEntry | None, str]:
        known = self._recent.get(seq)
        if known is None:
            data = self._bytes(seq)
            entry = None
            with suppress(msgspec.DecodeError):
                entry = msgspec.json.decode(data, type=LogEntry)
            known = (entry, hashlib.sha256(data).hexdigest())
            self._remember(seq, *known)
        return known

    def _remember(self, seq: int, entry: LogEntry | None, digest: str) -> None:
        self._recent[seq] = (entry, digest)
        while len(self._recent) > CACHED:
            self._recent.popitem(last=False)

    def _bytes(self, seq: int) -> bytes:
        with self.store.open(entry_key(seq)) as stream:
            return stream.read()

    def _exists(self, seq: int) -> bool:
        return seq in self._recent or self._exists_key(entry_key(seq))

    def _exists_key(self, key: str) -> bool:
        try:
            self.store.stat(key)
        except ObjectMissing:
            return False
        return True
