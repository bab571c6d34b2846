"""A stream over part of an object that goes on after a cut connection."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from botocore.response import StreamingBody

from archive.store.base import StoreRefused, StoreUnavailable
from archive.store.retry import ATTEMPTS, retrying
from archive.store.s3_errors import code_of, translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectRequestTypeDef


class Download(io.RawIOBase):
    """Bytes `offset` up to `offset + length` of an object, asked for in one request.

    When the connection breaks, the rest is asked for from where it broke, only if the object still has
    the same ETag: two objects are never mixed.
    """

    def __init__(
        self,
        client: S3Client,
        bucket: str,
        key: str,
        where: str,
        offset: int,
        length: int | None,
        attempts: int = ATTEMPTS,
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._key = key
        self._where = where
        self._at = offset
        self._end = None if length is None else offset + length
        self._etag = ""
        self._body: StreamingBody | None = None
        self._attempts = attempts
        retrying(attempts)(self._ask)

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None
        super().close()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        assert self._end is not None
        wanted = min(len(buffer), self._end - self._at)
        if wanted <= 0:
            return 0
        data = retrying(self._attempts)(self._piece, wanted)
        memoryview(buffer)[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _piece(self, wanted: int) -> bytes:
        if self._body is None:
            self._ask()
        assert self._body is not None
        data = b""
        try:
            with translated(self._where):
                data = self._body.read(wanted)
        finally:
            if not data:
                self._body.close()
                self._body = None
        if not data:
            raise StoreUnavailable(f"the answer ended at byte {self._at} of {self._end}", where=self._where)
        return data

    def _ask(self) -> None:
        """Open the answer at `_at`. The first time it tells the end and the ETag."""
        request: GetObjectRequestTypeDef = {"Bucket": self._bucket, "Key": self._key}
        ranged = self._at > 0 or self._end is not None
        if self._end is not None and self._end <= self._at:
            self._head()
            return
        if ranged:
            request["Range"] = f"bytes={self._at}-{'' if self._end is None else self._end - 1}"
        if self._etag:
            request["IfMatch"] = self._etag
        with translated(self._where):
            try:
                answer = self._client.get_object(**request)
            except self._client.exceptions.ClientError as error:
                if code_of(error) in {"PreconditionFailed", "412"}:
                    raise StoreRefused(
                        "the object was replaced while it was being read",
                        where=self._where,
                        todo="somebody else writes to the bucket; `recordwatch verify --full` says what is damaged",
                    ) from error
                if code_of(error) not in {"InvalidRange", "416"}:
                    raise
                self._end = self._at
                return
        if ranged and answer["ResponseMetadata"]["HTTPStatusCode"] != 206:
            answer["Body"].close()
            raise StoreRefused("the store ignores byte ranges", where=self._where, todo="use another S3 service")
        self._etag = answer["ETag"]
        self._end = self._at + answer["ContentLength"]
        self._body = answer["Body"]

    def _head(self) -> None:
        with translated(self._where):
            self._client.head_object(Bucket=self._bucket, Key=self._key)
