"""Pictures, recordings, other bytes; and bodies packed for the wire."""

import gzip
import io
import zlib

import msgspec
import pytest

from archive.warc.reader import Entity
from releases.diff.entity import Body, CannotUnpack
from releases.diff.markup import read_page
from releases.diff.model import ImageDiff, MediaDiff, TextFileDiff
from releases.diff.payload import Payload, Pdf, payload_diff
from releases.diff.summary import summary
from releases.facts.model import ImageFacts, MediaFacts, Stream
from tests.unit.releases.diff.pages import facts, page


def both(old, new, mime="x/y"):
    return payload_diff(Payload(10, mime, "sha256:a", old), Payload(12, mime, "sha256:b", new))


def test_pictures():
    old = ImageFacts(320, 240, "PNG", 1, "00ff00ff00ff00ff", {"Software": "Fictional 1"})
    same = both(old, ImageFacts(320, 240, "PNG", 1, "00ff00ff00ff00ff", {"Software": "Fictional 2"}))
    assert summary(same) == "looks the same, Software changed"
    other = both(old, ImageFacts(640, 480, "JPEG", 1, "ff00ff00ff00ff00"))
    assert isinstance(other.content, ImageDiff)
    assert other.content.picture == 64
    assert summary(other) == "looks quite otherwise, dimensions changed, format changed, Software removed"
    assert both(old, ImageFacts(1, 1, "PNG")).content.picture is None


def test_recordings():
    old = MediaFacts("MP4", 3600.0, ("video avc1 640x360", "audio mp4a 48000 Hz 2 channels"))
    new = MediaFacts("MP4", 3480.5, ("video avc1 640x360",))
    diff = both(old, new)
    assert isinstance(diff.content, MediaDiff)
    assert diff.content.seconds == -119.5
    assert summary(diff) == "2:00 min shorter, streams changed"
    assert both(old, MediaFacts("MP4")).content.seconds is None


def test_recordings_that_two_programs_read():
    """Only their names for codecs and tags differ, and a few milliseconds: nothing has changed."""
    ours = MediaFacts("MP4", 3600.02, ("video avc1 640x360", "audio mp4a 48000 Hz 2 channels"), {"encoded_by": "x"})
    streams = (Stream("audio", "aac"), Stream("video", "h264", width=640, height=360))
    theirs = MediaFacts(
        "MP4", 3600.1, ("audio aac 48000 Hz 1 channel", "video h264 640x360"), {"encoder": "x"}, details=streams
    )
    assert not both(ours, theirs).content.facts.changes
    shorter = msgspec.structs.replace(theirs, duration=3480.5, streams=("video h264 640x360",))
    assert summary(both(ours, shorter)) == "2:00 min shorter, streams changed"


def test_the_same_bytes_and_other_bytes():
    assert summary(payload_diff(Payload(5, "a/b", "sha256:a"), Payload(5, "a/b", "sha256:a"))) == "the same bytes"
    other = payload_diff(Payload(5, "a/b", "sha256:a"), Payload(5, "a/b", "sha256:b"))
    assert other.unread == "it is of no kind that can be compared inside"
    assert summary(other) == "other bytes, still 5 bytes, it is of no kind that can be compared inside"
    assert "1,000 became 2,000,000 bytes" in summary(
        payload_diff(Payload(1000, "a/b", "sha256:a"), Payload(2_000_000, "a/b", "sha256:b"))
    )


def test_one_kind_instead_of_another():
    text = both(Pdf(("Report of the panel.",), facts("x")), read_page(page()))
    assert isinstance(text.content, TextFileDiff)
    assert both(ImageFacts(1, 1, "PNG"), MediaFacts("WAV")).unread == "a recording came instead of a picture"
    assert (
        "before: locked" in payload_diff(Payload(1, "a/b", "x", None, "locked"), Payload(1, "a/b", "y", "text")).unread
    )


def body(data: bytes, *coding: str) -> Body:
    return Body(Entity(data, io.BytesIO(), chunked=False), "", coding)


RAW = zlib.compressobj(wbits=-15)


@pytest.mark.parametrize(
    ("packed", "coding"),
    [(b"hello", ()), (gzip.compress(b"hello"), ("gzip",)), (zlib.compress(b"hello"), ("deflate",)),
     (RAW.compress(b"hello") + RAW.flush(), ("deflate",)), (gzip.compress(gzip.compress(b"hello")), ("gzip", "gzip")),
     (gzip.compress(b"hello")[:-4], ("x-gzip",))],
    ids=["plain", "gzip", "deflate", "raw deflate", "twice", "cut"],  # gzip holds the time: no names of a test
)  # fmt: skip
def test_what_was_packed_is_unpacked(packed, coding):
    assert body(packed, *coding).unpacked(1000) == b"hello"


def test_bombs_and_nonsense():
    bomb = gzip.compress(bytes(50_000_000))
    assert len(body(bomb, "gzip").unpacked(1_000_000)) == 1_000_000
    for data, coding in ((b"hello", ("gzip",)), (b"hello", ("br",)), (b"hello", ("gzip",) * 9)):
        with pytest.raises(CannotUnpack):
            body(data, *coding).unpacked(100)
