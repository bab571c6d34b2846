"""Uploads in parts: each part checked by the service, all of them one object or none."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

from archive.store.base import ObjectExists, StoreRefused, StoreUnavailable
from archive.store.pieces import Piece
from archive.store.retry import retrying
from archive.store.s3_errors import code_of, translated
from config.errors import RecordwatchError
from config.faults import fault

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, CompleteMultipartUploadRequestTypeDef

STALE = timedelta(days=1)
"""Uploads younger than this may belong to a living process, on whatever machine."""
_MD5 = re.compile(r"[0-9a-f]{32}\Z")


class Multipart:
    """Multipart uploads into one bucket under one prefix."""

    def __init__(self, client: S3Client, bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix
        self._lock = threading.Lock()
        self._cleaned = False

    def put(
        self,
        key: str,
        pieces: Sequence[Piece],
        sha256: str,
        *,
        conditional: bool,
        held: Callable[[str], bool],
        where: str,
    ) -> str:
        """Upload `pieces` in order as `key`; returns the ETag the object must have.

        `held(etag)` tells whether the key holds this object already and raises ObjectExists when it
        holds another. Whatever fails, the upload is aborted: no part stays unless we are killed, and
        those are removed by `clean` a day later.

        Raises:
            ObjectExists, StoreFull, StoreRefused (also: the bytes have another SHA-256),
            StoreUnavailable.
        """
        self._clean_once()
        target = {"Bucket": self._bucket, "Key": self._prefix + key}

        def begin() -> str:
            with translated(where):
                answer = self._client.create_multipart_upload(
                    Bucket=target["Bucket"],
                    Key=target["Key"],
                    ContentType="application/octet-stream",
                    Metadata={"sha256": sha256},
                )
            return answer["UploadId"]

        upload = retrying()(begin)
        try:
            parts, etag = self._send(target, upload, pieces, sha256, where)
            retrying()(self._complete, target, upload, parts, etag, conditional, held, where)
        except BaseException:
            self._abort(target, upload)
            raise
        return etag

    def clean(self) -> int:
        """Abort the uploads under our prefix that are older than a day; returns how many."""
        count = 0
        before = datetime.now(UTC) - STALE
        pages = self._client.get_paginator("list_multipart_uploads").paginate(Bucket=self._bucket, Prefix=self._prefix)
        for page in pages:
            for upload in page.get("Uploads", ()):
                if upload["Initiated"] < before:
                    self._abort({"Bucket": self._bucket, "Key": upload["Key"]}, upload["UploadId"])
                    count += 1
        return count

    def _clean_once(self) -> None:
        with self._lock:
            if self._cleaned:
                return
            self._cleaned = True
        # Housekeeping: some services can not list uploads, some policies forbid it.
        with suppress(RecordwatchError), translated(self._bucket):
            self.clean()

    def _send(
        self, target: dict[str, str], upload: str, pieces: Sequence[Piece], sha256: str, where: str
    ) -> tuple[list[CompletedPartTypeDef], str]:
        whole = hashlib.sha256()
        parts: list[CompletedPartTypeDef] = []
        sums = b""
        for number, piece in enumerate(pieces, 1):
            _, md5 = piece.digests(whole)
            sums += md5
            with translated(where):
                fault("store.part")
            etag = retrying()(self._part, target, upload, number, piece, md5, where)
            parts.append({"PartNumber": number, "ETag": etag})
        if whole.hexdigest() != sha256:
            raise StoreRefused(
                f"the bytes to store have SHA-256 {whole.hexdigest()}, not {sha256}",
                where=where,
                todo="the spool's file changed after it was sealed: check the disk",
            )
        return parts, f"{hashlib.md5(sums, usedforsecurity=False).hexdigest()}-{len(parts)}"

    def _part(self, target: dict[str, str], upload: str, number: int, piece: Piece, md5: bytes, where: str) -> str:
        piece.seek(0)
        with translated(f"{where}, part {number}"):
            answer = self._client.upload_part(
                Bucket=target["Bucket"],
                Key=target["Key"],
                UploadId=upload,
                PartNumber=number,
                Body=cast("bytes", piece),
                ContentLength=piece.length,
                ContentMD5=base64.b64encode(md5).decode(),
            )
        etag = answer["ETag"]
        encrypted = answer.get("ServerSideEncryption", "AES256") != "AES256"
        if not encrypted and _MD5.match(etag.strip('"')) and etag.strip('"') != md5.hex():
            raise StoreUnavailable("the service received other bytes than were sent", where=f"{where}, part {number}")
        return etag

    def _complete(
        self,
        target: dict[str, str],
        upload: str,
        parts: list[CompletedPartTypeDef],
        etag: str,
        conditional: bool,
        held: Callable[[str], bool],
        where: str,
    ) -> None:
        request: CompleteMultipartUploadRequestTypeDef = {
            "Bucket": target["Bucket"],
            "Key": target["Key"],
            "UploadId": upload,
            "MultipartUpload": {"Parts": parts},
        }
        if conditional:
            request["IfNoneMatch"] = "*"
        try:
            try:
                with translated(where):
                    self._client.complete_multipart_upload(**request)
            except StoreRefused as error:
                # Conditional puts do not imply conditional completion everywhere.
                if not conditional or code_of(error.__cause__) not in {"NotImplemented", "InvalidArgument", "501"}:
                    raise
                del request["IfNoneMatch"]
                if held(etag):
                    self._abort(target, upload)
                    return
                with translated(where):
                    self._client.complete_multipart_upload(**request)
        except ObjectExists:
            if not held(etag):
                raise StoreUnavailable("the key was taken and is free again", where=where) from None
            self._abort(target, upload)
        except StoreUnavailable:
            # The answer may be lost while the object is there: then a second try finds no such upload.
            if not held(etag):
                raise

    def _abort(self, target: dict[str, str], upload: str) -> None:
        # What can not be aborted now is removed by `clean` later; the first error is the one to tell.
        with suppress(RecordwatchError), translated(target["Key"]):
            self._client.abort_multipart_upload(Bucket=target["Bucket"], Key=target["Key"], UploadId=upload)
