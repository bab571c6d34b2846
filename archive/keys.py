"""The key our log entries are signed with: Ed25519 (RFC 8032), one per home."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from archive.ids import uuid7
from config.errors import ConfigError

KEY_FILE = "log-signing.pem"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and the name of its public half."""

    private: Ed25519PrivateKey = field(repr=False)
    fingerprint: str
    """SHA-256 of the SubjectPublicKeyInfo (DER), lowercase hex."""
    public_pem: bytes

    def sign(self, data: bytes) -> bytes:
        """64 bytes of Ed25519 signature."""
        return self.private.sign(data)


def fingerprint(public: Ed25519PublicKey) -> str:
    """SHA-256 of the SubjectPublicKeyInfo (DER), lowercase hex."""
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def open_key(folder: Path) -> SigningKey:
    """The key in `folder`, made on first use with mode 0600. Several processes may come first at once.

    Raises:
        ConfigError: the file is no Ed25519 private key, or it can not be read or made.
    """
    path = folder / KEY_FILE
    try:
        if not path.exists():
            _make(path)
        private = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError(f"the signing key can not be used: {error}", where=str(path), todo=_ADVICE) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise ConfigError("the signing key is not an Ed25519 key", where=str(path), todo=_ADVICE)
    public = private.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return SigningKey(private, fingerprint(public), pem)


def read_public(pem: bytes, expected: str) -> Ed25519PublicKey | None:
    """The public key in `pem`, or None when it is none or has not the fingerprint `expected`."""
    try:
        public = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        return None
    if not isinstance(public, Ed25519PublicKey) or fingerprint(public) != expected:
        return None
    return public


def signed_by(public: Ed25519PublicKey, signature: str, data: bytes) -> bool:
    """Whether `signature` (hex) over `data` is by `public`."""
    try:
        public.verify(bytes.fromhex(signature), data)
    except (InvalidSignature, ValueError):
        return False
    return True


_ADVICE = (
    "restore it from a backup; a new key (after moving this file away) signs on, old entries keep the old key's name"
)


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    temporary = path.with_name(f".{path.name}.{uuid7()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        # Whoever links first has made the key; the others take that one.
        with suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        temporary.unlink()
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
