"""Playable copies: what ffmpeg is given may be anything, and it opens nothing else."""

from __future__ import annotations

import subprocess
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from archive.model import Part
from config.programs import FFMPEG
from crawler.capture.media.playable import NoCopy, make_copy
from crawler.capture.media.playlist import Key, Stretch
from crawler.capture.media.take import Piece, Taken
from tests.services.programs import needs_program

KEY = Key("https://a.example/key", "")
SECRET = b"0123456789abcdef"


def locked(body: bytes, number: int) -> bytes:
    padder, cipher = PKCS7(128).padder(), Cipher(AES(SECRET), CBC(number.to_bytes(16, "big"))).encryptor()
    return cipher.update(padder.update(body) + padder.finalize()) + cipher.finalize()


def copied(folder: Path, *bodies: bytes, key: Key | None) -> Path:
    """The copy of a stream whose pieces are `bodies`, each in its own capture, or as one without `key`."""
    captures = {str(number): body for number, body in enumerate(bodies)}
    pieces = tuple(
        Piece(Stretch(name, key=key, number=int(name)), Part(name, 0, len(body))) for name, body in captures.items()
    )
    captures["whole"] = b"".join(bodies)
    keys = {KEY.url: SECRET} if key else {}
    taken = Taken("u", "whole", "d", len(captures["whole"]), "video/mp2t", "", pieces, keys)
    (folder / "work").mkdir(exist_ok=True)
    return make_copy(needs_program(FFMPEG), folder / "work", [taken], lambda capture: BytesIO(captures[capture]))


@pytest.fixture
def film(tmp_path: Path) -> bytes:
    """MPEG-TS of a second."""
    path = tmp_path / "private.ts"
    source = ["-f", "lavfi", "-i", "testsrc=d=1:s=64x48", "-c:v", "mpeg2video"]
    subprocess.run([needs_program(FFMPEG), "-v", "error", *source, str(path)], check=True)
    return path.read_bytes()


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
def test_pieces_become_one_film(film: bytes, tmp_path: Path, key: Key | None):
    half = len(film) // 2
    pieces = [film[:half], film[half:]]
    given = [locked(body, number) for number, body in enumerate(pieces)] if key else pieces
    assert copied(tmp_path, *given, key=key).read_bytes()[4:8] == b"ftyp"


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
@pytest.mark.parametrize("names", ["#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:1,\nfile:{}\n#EXT-X-ENDLIST\n",
                                   "ffconcat version 1.0\nfile ../private.ts\n"])  # fmt: skip
def test_a_list_of_files_sent_as_a_film_opens_none(film: bytes, tmp_path: Path, names: str, key: Key | None):
    assert film
    body = names.format(tmp_path / "private.ts").encode()
    with pytest.raises(NoCopy, match="ffmpeg makes no playable copy"):
        copied(tmp_path, locked(body, 0) if key else body, key=key)


def test_what_its_key_does_not_open_is_not_copied(film: bytes, tmp_path: Path):
    for body in (locked(film, 7)[:-16], locked(film, 0)[:-3]):
        with pytest.raises(NoCopy, match="does not open with its key"):
            copied(tmp_path, body, key=KEY)
