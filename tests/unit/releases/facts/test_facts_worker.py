"""Facts of real, odd and murderous pictures and recordings."""

import io
import os
import struct
import zlib

import pytest
from PIL import Image

from releases.facts.model import ImageFacts, MediaFacts, Trouble
from releases.facts.worker import KEPT, FactsWorker, can_read
from tests.unit.releases.facts.media_files import FTYP, Forward, box, mdat_head, moov, mp3, mp4, picture, wav


@pytest.fixture(scope="module")
def worker():
    with FactsWorker() as made:
        yield made


def test_video(worker):
    found = worker.read("video/mp4", mp4(10.5, created=4_000_000_000, title="Lake Harbor, camera 2"))
    assert isinstance(found, MediaFacts)
    assert (found.container, found.duration, found.note) == ("MP4", 10.5, "")
    assert found.streams == ("video avc1 640x360", "audio mp4a 48000 Hz 2 channels")
    assert found.metadata == {"created": "2030-10-02 07:06:40 UTC", "title": "Lake Harbor, camera 2"}


def test_sound(worker):
    found = worker.read("audio/x-wav", wav(2.5))
    assert (found.container, found.duration) == ("WAV", 2.5)
    assert found.streams == ("audio pcm_s16le 8000 Hz 1 channel",)
    found = worker.read("audio/mpeg", mp3(4))
    assert found.duration == pytest.approx(4, abs=0.1)
    assert found.streams == ("audio mp3 44100 Hz 2 channels 128 kbit/s",)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP"])
def test_pictures(worker, form):
    found = worker.read("image/whatever", picture(3, form=form))
    assert isinstance(found, ImageFacts)
    assert (found.width, found.height, found.format, found.frames, found.note) == (320, 240, form, 1, "")
    original = worker.read("image/png", picture(3))
    assert (int(found.picture, 16) ^ int(original.picture, 16)).bit_count() <= 4


def test_where_a_picture_was_taken_is_not_told(worker):
    exif = Image.Exif()
    exif[0x010F] = "Fictional Cameras"
    exif[0x8825] = {1: "N", 2: (41.0, 52.0, 12.0), 3: "W", 4: (87.0, 37.0, 0.0)}
    found = worker.read("image/jpeg", picture(form="JPEG", exif=exif))
    assert found.metadata["Make"] == "Fictional Cameras"
    assert found.metadata["GPSInfo"] == "present"
    assert "41" not in str(found.metadata.values())


def test_frames_are_counted(worker):
    made = io.BytesIO()
    pages = [Image.new("1", (100, 100), number % 2) for number in range(3)]
    pages[0].save(made, "TIFF", save_all=True, append_images=pages[1:])
    assert worker.read("image/tiff", made.getvalue()).frames == 3


@pytest.mark.parametrize(
    "body", [mp4(7, title="A"), wav(), mp3(), picture(), picture(form="TIFF")], ids=["mp4", "wav", "mp3", "png", "tiff"]
)
def test_the_same_however_it_comes(worker, tmp_path, body):
    (tmp_path / "file").write_bytes(body)
    known = worker.read("video/x", body)
    assert not isinstance(known, Trouble)
    assert worker.read("video/x", tmp_path / "file") == known
    assert worker.read("video/x", io.BytesIO(body)) == known
    assert worker.read("video/x", Forward(body)) == known
    assert worker.read("video/x", Forward(body), size=len(body)) == known


@pytest.mark.parametrize("cut", [1, 9, 40, 700])
@pytest.mark.parametrize(
    "body",
    [mp4(), wav(), mp3(), picture(), picture(form="JPEG"), picture(form="TIFF")],
    ids=["mp4", "wav", "mp3", "png", "jpeg", "tiff"],
)
def test_cut_short(worker, body, cut):
    found = worker.read("video/x", body[:cut])
    if isinstance(found, Trouble):
        assert found.why in {"damaged", "unsupported"}
        assert found.error
    elif isinstance(found, ImageFacts):
        assert found.note or found.picture


def test_a_recording_that_ends_early_says_so(worker):
    found = worker.read("audio/wav", wav(2.0)[:16_044])
    assert found.duration == 1.0
    assert "ends after 16,000" in found.note


@pytest.mark.parametrize(
    ("body", "why"), [(b"", "empty"), (b"<html>not here</html>", "unsupported"), (bytes(range(7, 250)) * 16, "")]
)
def test_what_is_none(worker, body, why):
    found = worker.read("video/mp4", body)
    assert isinstance(found, Trouble)
    assert found.why == why or not why
    assert found.error


def test_other_types_are_left_alone(worker):
    assert worker.read("application/zip", picture()) == Trouble("unsupported", "no facts are read from application/zip")
    assert can_read("application/octet-stream", "https://a.example/b.MOV?x=1")
    assert not can_read("application/octet-stream", "https://a.example/b.pdf")
    assert can_read("video/mp4; codecs=avc1")


def png(width: int, height: int, data: bytes) -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def test_a_decompression_bomb_is_measured_and_not_decoded(worker):
    found = worker.read("image/png", png(60_000, 60_000, zlib.compress(bytes(10**7))))
    assert (found.width, found.height, found.picture) == (60_000, 60_000, "")
    assert "too many" in found.note


def test_a_picture_that_takes_all_memory_keeps_its_size():
    bomb = png(10_000, 10_000, zlib.compress(bytes(10_000 * 30_001)))
    with FactsWorker(memory=256 * 1024**2) as small:
        found = small.read("image/png", bomb)
        assert (found.width, found.picture) == (10_000, "")
        assert found.note
        assert isinstance(small.read("image/png", picture()), ImageFacts)


def test_a_gif_without_end_is_counted_so_far(worker):
    frames = [Image.new("P", (2000, 2000), number % 5) for number in range(2)]
    made = io.BytesIO()
    frames[0].save(made, "GIF", save_all=True, append_images=frames[1:], duration=1)
    one = made.getvalue()
    start = one.index(b"!\xf9")
    found = worker.read("image/gif", one[:start] + one[start:-1] * 30_000 + b";")
    assert (found.width, found.frames) == (2000, 10_000)


def test_sound_that_never_begins_is_stopped():
    with FactsWorker(seconds=1) as short:
        found = short.read("audio/mpeg", Forward(mp3(1)[:4], 10**9), size=10**9)
        assert isinstance(found, Trouble)
        assert found.why == "too slow"
        assert short.read("audio/wav", wav()).duration == 2


def test_a_huge_recording_is_not_read_through(worker, tmp_path):
    """3.7 GB, its index at the end: a file's middle is never touched (it is a hole on disk)."""
    middle = 3_700_000_000
    path = tmp_path / "huge.mp4"
    index = moov(3 * 3600, filler=2_000_000)
    with path.open("wb") as file:
        file.write(FTYP + mdat_head(middle))
        file.seek(middle, os.SEEK_CUR)
        file.write(index)

    class Counted(io.FileIO):
        taken = 0

        def read(self, size=-1):
            data = super().read(size)
            Counted.taken += len(data)
            return data

    with Counted(path) as file:
        found = worker.read("video/mp4", file)
    assert found.duration == 3 * 3600
    assert len(found.streams) == 2
    assert Counted.taken < 2 * len(index)


def test_a_stream_is_read_on_to_the_index_and_not_kept(worker):
    middle = 2 * KEPT
    stream = Forward(FTYP + mdat_head(middle), middle, moov(90, filler=1_500_000), 10**9)
    found = worker.read("video/mp4", stream)
    assert (found.duration, len(found.streams)) == (90, 2)
    assert stream.read_so_far < middle + 2 * 10**7


def test_parts_that_lie_apart_do_not_go_on_for_ever(worker):
    many = b"".join(box(b"free") for _ in range(30_000))
    assert worker.read("video/mp4", FTYP + many).note == "it has too many parts"
    assert isinstance(worker.read("video/mp4", struct.pack(">I4s", 0, b"mdat") + bytes(100)), MediaFacts)
    nested = moov()
    for _ in range(2000):
        nested = box(b"moov", nested)
    assert isinstance(worker.read("video/mp4", nested), MediaFacts)


def test_a_process_that_dies_is_replaced(worker, monkeypatch):
    worker.read("audio/wav", wav())
    process = worker._sandbox._process
    process.kill()
    process.wait()
    assert worker.read("audio/wav", wav()).duration == 2


@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_source_that_fails_is_the_callers_affair(worker, after):
    class Broken(Forward):
        def read(self, size=-1):
            if self.read_so_far >= after * 1024**2:
                raise OSError("cut")
            return super().read(size)

    with pytest.raises(OSError, match="cut"):
        worker.read("video/mp4", Broken(FTYP + mdat_head(10**8), 10**8, moov()))
    assert worker.read("audio/wav", wav()).duration == 2
