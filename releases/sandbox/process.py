"""One reading process: started with the first document, used again, replaced when it dies or dawdles.

What it runs is a script of its own (`python -I script.py`), so it holds neither our settings nor our
modules nor the environment's secrets. It limits itself before it reads the first byte of a document.

Frames, both ways: one byte of kind, four of length (big-endian), the content. An answer ends with a
frame `D` (done) or `E` (a trouble, a newline, a sentence).
"""

from __future__ import annotations

import os
import select
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

HEAD = struct.Struct(">cI")
LAST = frozenset({b"D", b"E"})
"""Kinds of frame that end an answer."""


class SandboxSlow(Exception):
    """The document took too long on the clock; its process is gone."""


class SandboxDied(Exception):
    """The process ended over a document. `code` as of `subprocess`: negative for a signal."""

    def __init__(self, code: int) -> None:
        super().__init__(f"the reader ended with code {code}")
        self.code = code


class Sandbox:
    """Holds at most one process that runs `script`. One document at a time; not safe for several threads."""

    def __init__(self, script: Path, arguments: Sequence[str], *, seconds: float) -> None:
        """`seconds`: longest time on the clock that one document may take."""
        self._command = [sys.executable, "-I", "-B", str(script), *arguments]
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._buffer = bytearray()

    def ask(self, kind: bytes, content: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The frames that answer one document, the last one included. Read it to its end.

        What the caller does between two frames does not count as the document's time.

        Raises:
            SandboxSlow, SandboxDied: after the frames that came before.
        """
        process = self._started()
        deadline = time.monotonic() + self._seconds
        try:
            assert process.stdin is not None
            process.stdin.write(HEAD.pack(kind, len(content)) + content)
            process.stdin.flush()
            while True:
                mark, size = HEAD.unpack(self._take(process, HEAD.size, deadline))
                data = self._take(process, size, deadline)
                given = time.monotonic()
                yield mark, data
                if mark in LAST:
                    return
                deadline += time.monotonic() - given
        except TimeoutError:
            self.close()
            raise SandboxSlow from None
        except (EOFError, BrokenPipeError):
            code = process.wait()
            self.close()
            raise SandboxDied(code) from None

    def tell(self, kind: bytes, content: bytes) -> None:
        """Answer a frame in which the script asked for something, before the next frame is taken.

        Raises:
            SandboxSlow, SandboxDied: it does not take the answer.
        """
        process = self._process
        assert process is not None
        assert process.stdin is not None
        file = process.stdin.fileno()
        left = memoryview(HEAD.pack(kind, len(content)) + content)
        deadline = time.monotonic() + self._seconds
        try:
            while left:
                if not select.select([], [file], [], max(0.0, deadline - time.monotonic()))[1]:
                    self.close()
                    raise SandboxSlow
                left = left[os.write(file, left[: select.PIPE_BUF]) :]  # as much as never blocks
        except BrokenPipeError:
            code = process.wait()
            self.close()
            raise SandboxDied(code) from None

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        self._buffer.clear()
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:  # what was still to be written to the dead
                    continue

    def _take(self, process: subprocess.Popen[bytes], count: int, deadline: float) -> bytes:
        assert process.stdout is not None
        file = process.stdout.fileno()
        while len(self._buffer) < count:
            if not select.select([file], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise TimeoutError
            piece = os.read(file, 1 << 18)
            if not piece:
                raise EOFError
            self._buffer += piece
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                # No secret of ours, and no Ctrl-C meant for us.
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
                start_new_session=True,
            )
        return self._process
