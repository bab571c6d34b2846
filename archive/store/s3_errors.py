"""What an S3 service's answers and a broken connection mean, as the store's typed errors."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    SSLError,
)
from urllib3.exceptions import HTTPError

from archive.store.base import ObjectExists, ObjectMissing, StoreFull, StoreRefused, StoreUnavailable
from config.errors import RecordwatchError

_FULL = {"QuotaExceeded", "StorageFull", "XMinioStorageFull", "InsufficientStorage", "EntityTooLarge", "TooManyBuckets"}
_PASSING = {
    # The bytes were damaged or cut on the way: the service kept nothing.
    "BadDigest",
    "XAmzContentSHA256Mismatch",
    "IncompleteBody",
    "RequestTimeout",
    "ConditionalRequestConflict",
    "OperationAborted",
    "NoSuchUpload",
    "InvalidPart",
}


def code_of(error: BaseException | None) -> str:
    """The service's error code, such as `NoSuchKey`, or the HTTP status where there was no body."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turn botocore's, urllib3's and the system's errors inside the block into the store's.

    Raises:
        ObjectMissing, ObjectExists, StoreFull, StoreRefused, StoreUnavailable.
    """
    try:
        yield
    except ClientError as error:
        raise _answer(error, where) from error
    except (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError) as error:
        raise StoreRefused(
            f"there are no credentials for the store: {error}",
            where=where,
            todo="set store.access_key and store.secret_key_env, or boto3's own environment variables",
        ) from error
    except ParamValidationError as error:
        raise StoreRefused(f"the request is not valid: {error}", where=where) from error
    except SSLError as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise StoreRefused(
                f"the store's certificate is not trusted: {error}",
                where=where,
                todo="store.ca_file names the certificate authority",
            ) from error
        raise _down(error, where) from error
    except (BotoCoreError, HTTPError) as error:
        raise _down(error, where) from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StoreFull(f"there is no room: {error}", where=where, todo="free space") from error
        raise _down(error, where) from error


def _down(error: Exception, where: str) -> StoreUnavailable:
    return StoreUnavailable(
        f"the store can not be reached or cut the connection: {error}",
        where=where,
        todo="it is tried again; if it stays so, check store.endpoint and the network",
    )


def _answer(error: ClientError, where: str) -> RecordwatchError:
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    code = code_of(error)
    said = f"{status} {code}: {error.response.get('Error', {}).get('Message', '')}"
    if code in _FULL or status == 507:
        return StoreFull(f"the store has no room ({said})", where=where, todo="raise the quota or free space")
    if code in _PASSING or (status >= 500 and status != 501) or status in {0, 408, 429}:
        return StoreUnavailable(f"the store could not do it now ({said})", where=where, todo="it is tried again")
    if code == "PreconditionFailed" or status == 412:
        return ObjectExists("this key is taken", where=where)
    if code == "NoSuchBucket":
        return StoreRefused("there is no such bucket", where=where, todo="make it, or correct store.bucket")
    if status == 404:
        return ObjectMissing("there is no such object", where=where, todo="`recordwatch verify` lists what is missing")
    todo = "check access key, secret and the bucket's policy (get, put, list, abort of multipart uploads)"
    if code == "RequestTimeTooSkewed":
        todo = "this machine's clock is wrong"
    return StoreRefused(f"the store refuses ({said})", where=where, todo=todo)
