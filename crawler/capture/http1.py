"""HTTP/1.1 answers, without I/O: bytes in, events out (RFC 9112), lenient as the web needs it.

Every byte that is fed in comes out once, in order, in the `raw` of an event, except what follows the
end of the answer (`excess`). How the bytes are split between calls never changes the events, apart
from where one `Data` ends and the next begins, and how much is kept of a line of chunk framing that
cannot be read.
"""

from __future__ import annotations

import re
from typing import Literal

from crawler.capture.events import Broken, Data, End, Event, Head, Interim, View, parse_headers, tokens

_HEAD_END = re.compile(rb"\n\r?\n")
_STATUS = re.compile(rb"HTTP/(\d)(?:\.(\d))?[ \t]+([1-9]\d\d)(?!\d)[ \t]*(.*?)[ \t]*", re.IGNORECASE | re.DOTALL)
_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]+)[ \t]*(?:;.*)?", re.DOTALL)
_MAGIC = b"HTTP/"
_SIZE_LINE_BYTES = 4 * 1024
"""A chunk-size line with extensions; nobody honest comes near."""


class ResponseParser:
    """Reads one answer to a request with `method`.

    Args:
        method: of the request; HEAD has no body, and neither has a CONNECT that succeeds.
        head_bytes: most bytes of all heads together (1xx, final, and the trailers again).
        body_bytes: most bytes of the body with its framing.
    """

    def __init__(self, method: str, *, head_bytes: int = 256 * 1024, body_bytes: int = 1 << 62) -> None:
        self._method = method.upper()
        self._head_bytes = head_bytes
        self._head_room = head_bytes
        self._body_bytes = body_bytes
        self._body_room = body_bytes
        self._state: Literal["head", "length", "close", "size", "chunk", "chunk-end", "trailer", "done"] = "head"
        self._line = bytearray()
        self._scan = 0
        self._left = 0
        self._keep_alive = False
        self.started = False
        """True when one byte came."""
        self.excess = 0
        """Bytes fed after the end of the answer."""

    @property
    def done(self) -> bool:
        """True after End or Broken."""
        return self._state == "done"

    def feed(self, data: View) -> list[Event]:
        """Take the next bytes. Never raises; what cannot be read becomes `Broken`."""
        events: list[Event] = []
        view = memoryview(data)
        if view:
            self.started = True
        while view and self._state == "head":
            view = self._feed_head(view, events)
        if self._state == "done":
            self.excess += len(view)
        elif view:
            self._feed_body(view, events)
        return events

    def eof(self) -> list[Event]:
        """The stream has ended."""
        state, self._state = self._state, "done"
        if state == "done":
            return []
        if state == "close" or (state == "trailer" and not self._line):
            # RFC 9112 section 8: a chunked body is whole once its last chunk has come.
            return [End(keep_alive=False)]
        if state == "head":
            return [Broken("head", "the connection closed in the middle of the head", True, bytes(self._line[:80]))]
        if state == "length":
            return [Broken("body", f"the connection closed {self._left} bytes before the end of the body", True)]
        return [Broken("body", "the connection closed in the middle of a chunked body", True)]

    # -- head

    def _break(self, events: list[Event], event: Broken) -> memoryview:
        self._state = "done"
        events.append(event)
        return memoryview(b"")

    def _feed_head(self, view: memoryview, events: list[Event]) -> memoryview:
        line = self._line
        if not line and view[0] in b"\r\n":
            return self._blank_line(view, events)
        if line[:1] == b"\r":
            return self._blank_line(view, events)
        line += view
        if line[:5].upper() != _MAGIC[: len(line)]:
            return self._break(events, Broken("head", "the answer is not HTTP/1", seen=bytes(line[:80])))
        match = _HEAD_END.search(line, self._scan)
        end = match.end() if match else len(line)
        if end > self._head_room:
            what = f"the head of the answer has more than {self._head_bytes} bytes"
            return self._break(events, Broken("header_bytes", what))
        if match is None:
            self._scan = max(0, len(line) - 2)
            return memoryview(b"")
        rest = view[len(view) - (len(line) - end) :]
        raw = bytes(line[:end])
        self._line = bytearray()
        self._scan = 0
        self._head_room -= end
        if not self._take_head(raw, events):
            self._state = "done"
            return memoryview(b"")
        return rest

    def _blank_line(self, view: memoryview, events: list[Event]) -> memoryview:
        """An empty line before the status line (RFC 9112 section 2.2): kept, but not in the head."""
        line = self._line
        taken = 0
        if not line and view[0] == 0x0D:
            line += b"\r"
            taken = 1
        if taken == len(view):
            return view[taken:]
        if view[taken] != 0x0A:
            return self._break(events, Broken("head", "the answer is not HTTP/1", seen=bytes(line)))
        line += b"\n"
        self._head_room -= len(line)
        if self._head_room < 0:
            what = f"the head of the answer has more than {self._head_bytes} bytes"
            return self._break(events, Broken("header_bytes", what))
        events.append(Interim(bytes(line), 0))
        line.clear()
        return view[taken + 1 :]

    def _take_head(self, raw: bytes, events: list[Event]) -> bool:
        lines = [line.removesuffix(b"\r") for line in raw.split(b"\n")]
        match = _STATUS.fullmatch(lines[0])
        if match is None:
            events.append(Broken("head", "the status line is not one of HTTP/1", seen=lines[0][:80]))
            return False
        status = int(match[3])
        if match[1] != b"1":
            events.append(Broken("head", "the answer is not HTTP/1", seen=lines[0][:80]))
            return False
        if 100 <= status < 200 and status != 101:
            events.append(Interim(raw, status))
            return True
        headers = parse_headers(lines[1:])
        codings = tokens(headers, b"transfer-encoding")
        lengths = tokens(headers, b"content-length")
        # Anything but digits says nothing: browsers then read until the connection closes.
        numbers = {int(text.lstrip(b"0")[:40] or b"0") for text in lengths if text.isdigit()}
        chunked = bool(codings) and codings[-1] == b"chunked"
        until_close = not chunked and any(coding != b"identity" for coding in codings)
        length = next(iter(numbers)) if len(numbers) == 1 and not chunked and not until_close else None
        events.append(Head(raw, status, match[4], headers, length))
        if status == 101:
            events.append(Broken("head", "the server switched to a protocol that nobody asked for"))
            return False
        options = tokens(headers, b"connection") + tokens(headers, b"proxy-connection")
        self._keep_alive = (
            (b"close" not in options and (match[2] or b"0") >= b"1") or b"keep-alive" in options
        ) and not (codings and lengths)
        if self._method == "HEAD" or status in {204, 304} or (self._method == "CONNECT" and status < 300):
            self._end(events)
        elif chunked:
            self._state = "size"
        elif len(numbers) > 1 and not until_close:
            values = ", ".join(text.decode("latin-1")[:20] for text in lengths)
            events.append(Broken("head", f"the answer has several Content-Length values that differ: {values}"))
            return False
        elif length == 0:
            self._end(events)
        elif length is not None:
            self._state, self._left = "length", length
            if length > self._body_bytes:
                what = f"the body has {length} bytes, more than {self._body_bytes}"
                events.append(Broken("body_bytes", what))
                return False
        else:
            self._state, self._keep_alive = "close", False
        return True

    # -- body

    def _end(self, events: list[Event]) -> None:
        self._state = "done"
        events.append(End(self._keep_alive))

    def _feed_body(self, view: memoryview, events: list[Event]) -> None:
        if self._state == "length":
            piece = view if len(view) <= self._left else view[: self._left]
            self._left -= len(piece)
            events.append(Data(piece, piece))
            if not self._left:
                self.excess += len(view) - len(piece)
                self._end(events)
            return
        room = self._body_room
        over = len(view) > room
        piece = view[:room] if over else view
        if self._state == "close":
            used, broken = len(piece), None
            entity: View = piece
        else:
            used, entity, broken = self._unchunk(piece)
        self._body_room -= used
        if used:
            raw = piece if used == len(piece) else piece[:used]
            events.append(Data(raw, raw if self._state == "close" else entity))
        if broken is not None:
            self._break(events, broken)
        elif self._left < 0:
            self.excess += len(view) - used
            self._end(events)
        elif over:
            self._break(events, Broken("body_bytes", f"the body has more than {self._body_bytes} bytes"))

    def _unchunk(self, view: memoryview) -> tuple[int, View, Broken | None]:
        """Bytes used, the entity in them, and what is wrong. `_left` is -1 at the end of the body."""
        parts: list[memoryview] = []
        wrong = ""
        at, size = 0, len(view)
        while at < size and self._left >= 0 and not wrong:
            if self._state == "chunk":
                part = view[at : at + self._left]
                parts.append(part)
                at += len(part)
                self._left -= len(part)
                if not self._left:
                    self._state = "chunk-end"
            elif self._state == "chunk-end":
                byte = view[at]
                if byte == 0x0A:
                    self._line.clear()
                    self._state = "size"
                elif byte == 0x0D and not self._line:
                    self._line.append(byte)
                else:
                    wrong = "a chunk is longer than its size says"
                    break
                at += 1
            else:
                taken, wrong = self._take_line(view, at)
                if wrong:
                    # The line that cannot be read is left out: whoever reads the archived body later
                    # must come to the same entity, whatever they make of such a line.
                    break
                at += taken
        return at, _join(parts), Broken("body", wrong) if wrong else None

    def _take_line(self, view: memoryview, at: int) -> tuple[int, str]:
        """Bytes of chunk framing taken from `view[at:]`, and what is wrong with them, if anything."""
        most = (self._head_room if self._state == "trailer" else _SIZE_LINE_BYTES) - len(self._line) + 1
        window = bytes(view[at : at + min(most, 256)])
        found = window.find(b"\n")
        if found < 0 and most > len(window) == 256:
            window = bytes(view[at : at + most])
            found = window.find(b"\n")
        if found < 0:
            self._line += window
            if len(window) < most:
                return len(window), ""
            if self._state == "trailer":
                return len(window), "the trailers are longer than a head may be (limits.header_bytes)"
            return len(window), "a line of the chunked framing does not end"
        self._line += window[:found]
        line = bytes(self._line).removesuffix(b"\r")
        self._line.clear()
        return found + 1, self._framing_line(line)

    def _framing_line(self, line: bytes) -> str:
        """Move on by one line of chunk framing; says what is wrong with it, if anything."""
        if self._state == "trailer":
            self._head_room = max(0, self._head_room - len(line))
            if not line:
                self._left = -1
            return ""
        match = _SIZE.fullmatch(line)
        if match is None:
            return "a chunk size is missing or is no hexadecimal number"
        digits = match[1].lstrip(b"0")
        if len(digits) > 15:
            return "a chunk size is larger than any file"
        self._left = int(digits or b"0", 16)
        self._state = "chunk" if self._left else "trailer"
        return ""


def _join(parts: list[memoryview]) -> View:
    if len(parts) == 1:
        return parts[0]
    return b"".join(parts)
