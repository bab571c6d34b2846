"""Certificates for one crawl's browser: an authority made for it, and a certificate per host. Nothing is kept."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFE = timedelta(days=7)
_SIGNS = x509.KeyUsage(
    key_cert_sign=True, crl_sign=False, digital_signature=False, content_commitment=False, key_encipherment=False,
    data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
)  # fmt: skip
MOST_CONTEXTS = 2000
"""Hosts whose TLS settings are kept; more of them begin anew."""


class Authority:
    """Signs certificates for the hosts that a browser asks for, all with one key.

    The browser is told to accept that key (`fingerprint`), and nobody else ever is. Key and certificates
    lie in a folder that only this user can read, as OpenSSL wants files; `close` removes it.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="recordwatch-browser-")
        self._authority_key = ec.generate_private_key(ec.SECP256R1())
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "recordwatch, one crawl")])
        self._pem = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._contexts: dict[str, ssl.SSLContext] = {}

    @property
    def fingerprint(self) -> str:
        """Base64 of the SHA-256 of the key's SubjectPublicKeyInfo (RFC 7469 section 2.4)."""
        public = self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return base64.b64encode(hashlib.sha256(public).digest()).decode()

    @property
    def certificate(self) -> bytes:
        """The authority's own certificate, PEM."""
        now, public = datetime.now(UTC), self._authority_key.public_key()
        made = (
            x509.CertificateBuilder()
            .subject_name(self._name)
            .issuer_name(self._name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _LIFE)
            .not_valid_after(now + _LIFE)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_SIGNS, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .sign(self._authority_key, hashes.SHA256())
        )
        return made.public_bytes(serialization.Encoding.PEM)

    def context(self, host: str) -> ssl.SSLContext:
        """TLS settings to be `host` with, HTTP/1.1 only."""
        context = self._contexts.get(host)
        if context is None:
            if len(self._contexts) >= MOST_CONTEXTS:
                self._contexts.clear()
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.set_alpn_protocols(["http/1.1"])
            path = Path(self._folder.name) / "certificate.pem"
            path.write_bytes(self._pem + self._certificate(host).public_bytes(serialization.Encoding.PEM))
            context.load_cert_chain(path)
            self._contexts[host] = context
        return context

    def _certificate(self, host: str) -> x509.Certificate:
        now = datetime.now(UTC)
        try:
            named: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
        except ValueError:
            named = x509.DNSName(host)
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self._name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _LIFE)
            .not_valid_after(now + _LIFE)
            .add_extension(x509.SubjectAlternativeName([named]), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._authority_key.public_key()), critical=False
            )
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .sign(self._authority_key, hashes.SHA256())
        )

    def close(self) -> None:
        self._folder.cleanup()
