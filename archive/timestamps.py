"""RFC 3161 timestamps: a third party's word that an entry of the witness log existed by a certain time."""

from __future__ import annotations

import hashlib
import time
from datetime import datetime
from pathlib import Path

import requests
from cryptography import x509
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from archive.der import with_sorted_certificates
from archive.log_entry import TimestampFailed
from config.errors import ConfigError
from config.home import Timestamps

TIMEOUT = (5.0, 15.0)
"""Seconds to connect, seconds between bytes."""
REST_SECONDS = 60.0
MAX_RESPONSE = 1 << 20


class Authority:
    """One timestamp authority. After a failure it rests for a minute, so that sealing stays fast.

    The token's certificate chain must end in `ca_file` (PEM, one or several), or without it in the web's
    usual roots. The HTTPS connection itself is checked against the web's roots: the token needs no
    trust in the connection.
    """

    def __init__(self, settings: Timestamps) -> None:
        self.url = settings.authority
        self._ca_file = Path(settings.ca_file or DEFAULT_CA_BUNDLE_PATH)
        self._roots: list[x509.Certificate] | None = None
        self._rest_until = 0.0

    @property
    def resting(self) -> bool:
        """Whether the last failure is too recent to ask again."""
        return time.monotonic() < self._rest_until

    def token(self, data: bytes) -> bytes:
        """A TimeStampResp (DER) over the SHA-256 of `data`, checked.

        Raises:
            TimestampFailed: it is down, refuses, or its answer does not hold.
            ConfigError: `ca_file` can not be read.
        """
        query = (
            TimestampRequestBuilder()
            .data(data)
            .hash_algorithm(HashAlgorithm.SHA256)
            .cert_request(cert_request=True)
            .nonce(nonce=True)
            .build()
        )
        try:
            answer = self._post(query.as_bytes())
            self._check(answer, data, nonce=query.nonce)
        except TimestampFailed:
            self._rest_until = time.monotonic() + REST_SECONDS
            raise
        return answer

    def check(self, token: bytes, data: bytes) -> datetime:
        """The time `token` vouches for `data`. Raises TimestampFailed when it does not hold."""
        return self._check(token, data, nonce=None)

    def _check(self, token: bytes, data: bytes, *, nonce: int | None) -> datetime:
        roots = self._trusted()
        try:
            response = decode_timestamp_response(with_sorted_certificates(token))
            builder = VerifierBuilder(roots=list(roots), nonce=nonce)
            builder.build().verify(response, hashlib.sha256(data).digest())
        except (VerificationError, ValueError, TypeError) as error:
            raise TimestampFailed(f"the timestamp does not hold: {error}", where=self.url) from error
        return response.tst_info.gen_time

    def _post(self, query: bytes) -> bytes:
        try:
            with requests.post(
                self.url,
                data=query,
                headers={"Content-Type": "application/timestamp-query"},
                timeout=TIMEOUT,
                stream=True,
            ) as response:
                response.raise_for_status()
                answer = b""
                for piece in response.iter_content(65536):
                    answer += piece
                    if len(answer) > MAX_RESPONSE:
                        raise TimestampFailed("the authority's answer is over 1 MiB", where=self.url)
                return answer
        except requests.RequestException as error:
            raise TimestampFailed(f"the timestamp authority can not be reached: {error}", where=self.url) from error

    def _trusted(self) -> list[x509.Certificate]:
        if self._roots is None:
            try:
                self._roots = x509.load_pem_x509_certificates(self._ca_file.read_bytes())
            except (OSError, ValueError) as error:
                raise ConfigError(
                    f"the timestamp authority's certificates can not be read: {error}",
                    where=f"{self._ca_file} (timestamps.ca_file)",
                    todo="a PEM file with the root certificate the authority publishes",
                ) from error
        return self._roots
