"""Any S3-compatible bucket as a store."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar, cast

from botocore.exceptions import ClientError

from archive.store.base import ObjectExists, ObjectMissing, ObjectStat, StoreRefused, StoreUnavailable
from archive.store.keys import segments
from archive.store.pieces import Piece, split
from archive.store.retry import ATTEMPTS, retrying
from archive.store.s3_client import s3_client
from archive.store.s3_errors import code_of, translated
from archive.store.s3_multipart import Multipart
from archive.store.s3_read import Download
from config.errors import ConfigError
from config.faults import fault
from config.home import StoreConfig

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import HeadObjectOutputTypeDef, PutObjectRequestTypeDef

T = TypeVar("T")
PROBE = ".conditional"
LEAST_PART = 1 << 20
_MD5 = re.compile(r"[0-9a-f]{32}(-\d+)?\Z")


class S3Store:
    """Keeps the duties of `archive.store.base` in a bucket, under `prefix`.

    Creating is conditional (`If-None-Match: *`) where the service honours that, which is tried out at
    the first put. Where it does not, a look before each put is all there is: two writers of one key in
    the same instant could then overwrite each other, and only the lock per portal keeps them apart.

    `timeouts`: seconds to connect, seconds between bytes. `attempts`: to read; what is written is always tried as often.
    """

    page = 1000
    """Keys per listing request; S3's own limit."""

    def __init__(
        self, config: StoreConfig, *, timeouts: tuple[float, float] = (10.0, 60.0), attempts: int = ATTEMPTS
    ) -> None:
        if not config.bucket:
            raise ConfigError("an S3 store needs a bucket", where="recordwatch.toml, store.bucket")
        if config.part_bytes < LEAST_PART:
            raise ConfigError(
                f"parts of {config.part_bytes} bytes are too small",
                where="recordwatch.toml, store.part_bytes",
                todo="S3 itself takes no part under 5 MiB; the default is 64 MiB",
            )
        self.bucket = config.bucket
        self.prefix = config.prefix.strip("/") + "/" * bool(config.prefix.strip("/"))
        self.name = f"s3://{config.bucket}/{self.prefix}"
        self._where_end = f" at {config.endpoint}" if config.endpoint else ""
        self._part_bytes = config.part_bytes
        self._attempts = attempts
        self._client = s3_client(config, timeouts)
        self._multipart = Multipart(self._client, self.bucket, self.prefix)
        self._lock = threading.Lock()
        self._conditional: bool | None = None
        self._bucket_seen = False

    def put_file(self, key: str, path: Path, *, sha256: str) -> ObjectStat:
        """Keep the file `path` as `key`; above `part_bytes` in parts, none of which is held in memory.

        Raises:
            ObjectExists, StoreFull, StoreRefused (among others: the bytes do not have this digest),
            StoreUnavailable after six attempts. OSError when `path` itself can not be read.
        """
        segments(key, self.name)
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size <= self._part_bytes:
                piece = Piece(file.fileno(), 0, size)
                whole, md5 = piece.digests()
                self._compare(key, whole.hexdigest(), sha256)
                return self._put(key, lambda: piece, size, sha256, md5)
            return self._put_parts(key, split(file.fileno(), size, self._part_bytes), size, sha256)

    def put_bytes(self, key: str, data: bytes) -> ObjectStat:
        """Keep `data` as `key`, in one request. Raises like `put_file`."""
        segments(key, self.name)
        md5 = hashlib.md5(data, usedforsecurity=False).digest()
        return self._put(key, lambda: data, len(data), hashlib.sha256(data).hexdigest(), md5)

    @contextmanager
    def open(self, key: str, offset: int = 0, length: int | None = None) -> Iterator[BinaryIO]:
        """A stream over `length` bytes from `offset`; empty past the end. Resumes when it is cut.

        Raises:
            ObjectMissing, StoreRefused, StoreUnavailable (also from the stream's reads).
        """
        segments(key, self.name)
        if offset < 0 or (length is not None and length < 0):
            raise ValueError(f"offset {offset} and length {length} must not be negative")
        try:
            raw = Download(
                self._client, self.bucket, self.prefix + key, self._where(key), offset, length, self._attempts
            )
        except ObjectMissing:
            self._need_bucket()
            raise
        with io.BufferedReader(raw, 1 << 18) as stream:
            yield cast("BinaryIO", stream)

    def stat(self, key: str) -> ObjectStat:
        """Size of `key` and the SHA-256 it was stored with. Raises ObjectMissing and the other errors."""
        segments(key, self.name)
        head = retrying(self._attempts)(self._head, key)
        return ObjectStat(key, head["ContentLength"], head["Metadata"].get("sha256", ""))

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        """Every object whose key starts with `prefix`, in bytewise key order.

        A listing holds no metadata, so `sha256` is empty.
        """
        token = ""
        while True:
            more = {"ContinuationToken": token} if token else {}
            page = self._try(
                prefix,
                lambda more=more: self._client.list_objects_v2(  # type: ignore[misc]
                    Bucket=self.bucket, Prefix=self.prefix + prefix, MaxKeys=self.page, **more
                ),
            )
            for item in page.get("Contents", ()):
                key = item["Key"][len(self.prefix) :]
                if key and not any(part.startswith(".") for part in key.split("/")):
                    yield ObjectStat(key, item["Size"], "")
            token = page.get("NextContinuationToken", "")
            if not page.get("IsTruncated") or not token:
                return

    def clean(self) -> int:
        """Abort the multipart uploads under our prefix that are older than a day; returns how many."""
        return self._try("", self._multipart.clean)

    def _put(self, key: str, body: Callable[[], bytes | Piece], size: int, sha256: str, md5: bytes) -> ObjectStat:
        etag = md5.hex()

        conditional = self._honours_conditions()

        def once() -> None:
            if not conditional and self._held(key, size, sha256, etag):
                return
            request: PutObjectRequestTypeDef = {
                "Bucket": self.bucket,
                "Key": self.prefix + key,
                "Body": cast("bytes", body()),
                "ContentLength": size,
                "ContentMD5": base64.b64encode(md5).decode(),
                "ContentType": "application/octet-stream",
                "Metadata": {"sha256": sha256},
            }
            if conditional:
                request["IfNoneMatch"] = "*"
            try:
                with translated(self._where(key)):
                    fault("store.part")
                    self._client.put_object(**request)
            except ObjectExists:
                # Ours, from before a crash or a cut answer, or somebody else's.
                if not self._held(key, size, sha256, etag):
                    raise StoreUnavailable("the key was taken and is free again", where=self._where(key)) from None

        retrying()(once)
        return self._checked(key, size, sha256, etag)

    def _put_parts(self, key: str, pieces: list[Piece], size: int, sha256: str) -> ObjectStat:  # type: ignore[valid-type]
        conditional = self._honours_conditions()
        if retrying()(self._held, key, size, sha256, ""):
            return self._checked(key, size, sha256, "")
        etag = self._multipart.put(
            key,
            pieces,
            sha256,
            conditional=conditional,
            held=lambda etag: self._held(key, size, sha256, etag),
            where=self._where(key),
        )
        return self._checked(key, size, sha256, etag)

    def _checked(self, key: str, size: int, sha256: str, etag: str) -> ObjectStat:
        """The object as the service describes it, or an error when that is not what was sent."""
        with translated(self._where(key)):
            fault("store.put")
        if not retrying()(self._held, key, size, sha256, etag):
            raise StoreUnavailable("the service took the object and does not have it", where=self._where(key))
        fault("store.verified")
        return ObjectStat(key, size, sha256)

    def _held(self, key: str, size: int, sha256: str, etag: str) -> bool:
        """Whether the key holds these bytes already. Raises ObjectExists when it holds others."""
        try:
            head = self._head(key)
        except ObjectMissing:
            return False
        kept = head["Metadata"].get("sha256", "")
        if head["ContentLength"] == size and not kept:
            # Somebody else's upload without our metadata: only its bytes can tell.
            with self.open(key) as stream:
                kept = hashlib.file_digest(cast("io.BytesIO", stream), "sha256").hexdigest()
        if head["ContentLength"] != size or kept != sha256 or not _agrees(head, etag):
            raise ObjectExists(
                f"this key holds other content ({head['ContentLength']} bytes, SHA-256 {kept}, ETag {head['ETag']})",
                where=self._where(key),
                todo="sealed objects are never overwritten; `recordwatch verify --full` says which is the right one",
            )
        return True

    def _head(self, key: str) -> HeadObjectOutputTypeDef:
        try:
            with translated(self._where(key)):
                return self._client.head_object(Bucket=self.bucket, Key=self.prefix + key)
        except ObjectMissing:
            self._need_bucket()
            raise

    def _need_bucket(self) -> None:
        """HEAD answers 404 for a missing bucket too, without saying so."""
        if self._bucket_seen:
            return
        try:
            self._try("", lambda: self._client.head_bucket(Bucket=self.bucket))
        except ObjectMissing:
            raise StoreRefused(
                "there is no such bucket", where=self._where(""), todo="make it, or correct store.bucket"
            ) from None
        self._bucket_seen = True

    def _honours_conditions(self) -> bool:
        """Whether the service refuses a second `If-None-Match: *` put. Some take it and ignore it."""
        with self._lock:
            if self._conditional is None:
                # The first may create the probe or meet an older one; the second decides.
                self._conditional = self._try("", self._refuses_twin) or self._try("", self._refuses_twin)
            return self._conditional

    def _refuses_twin(self) -> bool:
        try:
            self._client.put_object(Bucket=self.bucket, Key=self.prefix + PROBE, Body=b"", IfNoneMatch="*")
        except ClientError as error:
            if code_of(error) in {"PreconditionFailed", "412"}:
                return True
            if code_of(error) in {"NotImplemented", "InvalidArgument", "InvalidRequest", "501"}:
                return False
            raise
        return False

    def _try(self, key: str, call: Callable[[], T]) -> T:
        def once() -> T:
            with translated(self._where(key)):
                return call()

        return retrying()(once)

    def _compare(self, key: str, found: str, sha256: str) -> None:
        if found != sha256:
            raise StoreRefused(
                f"the bytes to store have SHA-256 {found}, not {sha256}",
                where=self._where(key),
                todo="the spool's file changed after it was sealed: check the disk",
            )

    def _where(self, key: str) -> str:
        return f"{self.name}{key}{self._where_end}"


def _agrees(head: HeadObjectOutputTypeDef, etag: str) -> bool:
    """Whether the ETag is the one these bytes have. With encryption by key, or on services that make
    up their own ETags, it says nothing, and `verify --full` reads the bytes back.
    """
    kept = head["ETag"].strip('"')
    encrypted = head.get("ServerSideEncryption", "AES256") != "AES256" or "SSECustomerAlgorithm" in head
    if not etag or encrypted or not _MD5.match(kept) or ("-" in kept) != ("-" in etag):
        return True
    return kept == etag or ("-" in kept and kept.partition("-")[2] != etag.partition("-")[2])
