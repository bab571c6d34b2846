"""The sandboxed half: reads pictures, audio and video, and asks for the bytes it needs, until it is closed.

Started as a script of its own (`python -I reader.py`), so it holds neither our settings nor our modules
nor the environment's secrets. It limits itself before it reads the first byte of a file: memory,
processor time per file, no file written. It opens no file either: bytes come through the pipe.

Frames, both ways: one byte of kind, four of length (big-endian), the content.
In: `Q` a new file, its size in 8 bytes (all ones: unknown); `A` bytes that were asked for.
Out: `R` asks for bytes (offset and count, 8 bytes each); `P` what is known so far (JSON); then one of
`D` the facts (JSON) or `E` a trouble, a newline, a sentence.
"""

from __future__ import annotations

import importlib.util
import io
import json
import resource
import struct
import sys
import warnings
from pathlib import Path
from typing import Any, BinaryIO

HEAD = struct.Struct(">cI")
UNKNOWN = 2**64 - 1
_PIECE = 256 * 1024
_LONGEST_READ = 64 * 1024**2


class NotServed(Exception):
    """The other side cannot go back that far, or has given as much as it gives."""


class Asked(io.RawIOBase):
    """The file, whose bytes come when they are asked for."""

    def __init__(self, stdin: BinaryIO, stdout: BinaryIO, size: int) -> None:
        super().__init__()
        self._stdin, self._stdout = stdin, stdout
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise OSError("before the start")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), _PIECE)
        if self._at >= self._size or not wanted:
            return 0
        self._stdout.write(HEAD.pack(b"R", 16) + struct.pack(">QQ", self._at, wanted))
        self._stdout.flush()
        kind, size = HEAD.unpack(self._stdin.read(HEAD.size))
        data = self._stdin.read(size)
        if kind != b"A":
            raise NotServed
        view[: len(data)] = data
        self._at += len(data)
        return len(data)


class Bounded(io.BufferedReader):
    """Refuses to read at once what no sound file makes anyone read at once."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0 or size > _LONGEST_READ:
            data = super().read(_LONGEST_READ + 1)
            if len(data) > _LONGEST_READ:
                raise MemoryError
            return data
        return super().read(size)


def sibling(name: str) -> Any:
    """A module of this folder, without the package around it."""
    spec = importlib.util.spec_from_file_location(f"recordwatch_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(memory: int, seconds: int) -> None:
    """Serve files. `memory` in bytes of address space, `seconds` of processor time per file."""
    warnings.simplefilter("ignore")
    import PIL.Image
    from tinytag import UnsupportedFormatError

    PIL.Image.init()
    parts = {name: sibling(name) for name in ("pictures", "mp4", "riff", "media")}
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer

    def send(kind: bytes, data: bytes) -> None:
        stdout.write(HEAD.pack(kind, len(data)) + data)

    def early(found: dict[str, Any]) -> None:
        send(b"P", json.dumps(found).encode())
        stdout.flush()

    while len(head := stdin.read(HEAD.size)) == HEAD.size:
        size = struct.unpack(">Q", stdin.read(HEAD.unpack(head)[1]))[0]
        used = resource.getrusage(resource.RUSAGE_SELF)
        spent = int(used.ru_utime + used.ru_stime)
        resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds + 1, resource.RLIM_INFINITY))
        try:
            file = Bounded(Asked(stdin, stdout, size), _PIECE)  # type: ignore[type-var, unused-ignore]
            send(b"D", json.dumps(_read(parts, file, None if size == UNKNOWN else size, early)).encode())
        except MemoryError:
            send(b"E", b"too much memory\nreading it took more memory than a file may")
        except NotServed:
            send(b"E", b"too large\nits parts lie too far apart")
        except UnsupportedFormatError:
            send(b"E", b"unsupported\nit is of no kind that is read here")
        except Exception as error:
            send(b"E", f"damaged\n{type(error).__name__}: {error}"[:1000].encode("utf-8", "replace"))
        stdout.flush()


def _read(parts: dict[str, Any], file: Any, size: int | None, early: Any) -> dict[str, Any]:
    head = file.read(32)
    file.seek(0)
    if parts["pictures"].is_picture(head):
        return dict(parts["pictures"].facts(file, early))
    if parts["mp4"].is_mp4(head):
        brand, content, indexed, note = parts["mp4"].moov(file)
        found = dict(parts["mp4"].facts(brand, content, indexed, note))
        early(found)
        if content:
            boxes = struct.pack(">I4s", 8 + len(content), b"moov") + content
            found["metadata"].update(_tags(parts, b"\0\0\0\x14ftypisom\0\0\0\0isom" + boxes))
        return found
    if parts["riff"].is_riff(head):
        return dict(parts["riff"].facts(file, size))
    return dict(parts["media"].facts(file, size))


def _tags(parts: dict[str, Any], content: bytes) -> dict[str, str]:
    try:
        return dict(parts["media"].tags(io.BytesIO(content)))
    except MemoryError:
        raise
    except Exception:  # duration and streams are facts without them
        return {}


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:3]))
