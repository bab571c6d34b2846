"""TLS without I/O, and what to say when it does not come about."""

from __future__ import annotations

import contextlib
import ssl
from typing import Any

from config.errors import ConfigError
from crawler.capture.errors import TlsFailed

DIRECT = 'if browsers can open it, browser = "direct" in the portal file has one of them ask'
"""What helps with hosts that refuse our TLS."""
_RECORD = 17 * 1024
"""A TLS record with its overhead: as much may be held back inside OpenSSL."""


def client_context(ca_file: str = "") -> ssl.SSLContext:
    """Verifies against the system's authorities and those in `ca_file` (PEM), and offers HTTP/1.1 only.

    Raises:
        ConfigError: `ca_file` cannot be read.
    """
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(f"ca_file cannot be used: {error}", where=ca_file, todo="name a PEM file") from error
    return context


class TlsLayer:
    """One client session over memory buffers: `receive` takes what came, `outgoing` is what to send."""

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._object = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self.established = False

    def handshake(self) -> bool:
        """Go as far as the bytes received allow; True when done. Raises ssl.SSLError."""
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return False
        self.established = True
        return True

    def receive(self, data: bytes | memoryview) -> None:
        self._incoming.write(data)

    def outgoing(self) -> bytes:
        """Bytes for the peer; empty when there are none."""
        return self._outgoing.read() if self._outgoing.pending else b""

    def encrypt(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._object.write(view) :]

    def decrypt(self) -> tuple[memoryview, bool, bool]:
        """Plain bytes at hand, whether the peer has ended the session, and whether there may be more
        to decrypt. Raises ssl.SSLError.
        """
        size = self._incoming.pending + _RECORD
        buffer = bytearray(size)
        view = memoryview(buffer)
        at = 0
        into: Any = self._object.read  # its stubs know no read into a buffer
        try:
            while at < size:
                read = into(size - at, view[at:])
                if not read:
                    return view[:at], True, False
                at += read
        except ssl.SSLWantReadError:
            return view[:at], False, False
        except ssl.SSLZeroReturnError:
            return view[:at], True, False
        return view, False, True

    def farewell(self) -> bytes:
        """The close_notify alert, as far as the session is in a state to send one."""
        with contextlib.suppress(ssl.SSLError, ValueError):
            self._object.unwrap()
        return self.outgoing()

    def protocol(self) -> str:
        """`tls/1.3`, as in WARC-Protocol."""
        return (self._object.version() or "").lower().replace("tlsv", "tls/")

    def cipher(self) -> str:
        cipher = self._object.cipher()
        return cipher[0] if cipher else ""

    def certificate(self) -> bytes:
        """The leaf certificate, DER."""
        return self._object.getpeercert(binary_form=True) or b""


def tls_failed(error: ssl.SSLError, host: str, resolved: tuple[str, ...]) -> TlsFailed:
    """What `error` means, and what to do about it."""
    reason = (error.reason or "").upper()
    if isinstance(error, ssl.SSLCertVerificationError):
        return TlsFailed(
            f"the certificate of {host} is not trusted: {error.verify_message}",
            todo="if it comes from an authority that you trust, name its PEM in `ca_file` of recordwatch.toml;"
            " if the server leaves out an intermediate certificate, that one can be put there as well",
            resolved=resolved,
        )
    if "NO_APPLICATION_PROTOCOL" in reason:
        return TlsFailed(
            f"{host} speaks only HTTP/2 or newer, and recordwatch speaks HTTP/1.1",
            todo=DIRECT,
            resolved=resolved,
        )
    if any(word in reason for word in ("UNSUPPORTED_PROTOCOL", "PROTOCOL_VERSION", "DH_KEY_TOO_SMALL", "LEGACY")):
        return TlsFailed(
            f"{host} speaks only a version of TLS that is no longer safe ({reason.lower()})", resolved=resolved
        )
    if "WRONG_VERSION_NUMBER" in reason or "HTTP_REQUEST" in reason:
        return TlsFailed(f"{host} does not speak TLS on this port", todo="try http://", resolved=resolved)
    return TlsFailed(
        f"no TLS session with {host}: {(error.reason or str(error)).lower().replace('_', ' ')}",
        todo=DIRECT if "HANDSHAKE_FAILURE" in reason else "",
        retryable="ALERT_INTERNAL_ERROR" in reason,
        resolved=resolved,
    )
