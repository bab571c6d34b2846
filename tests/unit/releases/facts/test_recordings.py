"""ffprobe's facts and ffmpeg's posters of real recordings: whole, in part, cut short, and of things that are none."""

import io
import struct

import msgspec
import pytest
from PIL import Image

from config.programs import FFMPEG, FFPROBE
from releases.facts.cut_short import cut_short
from releases.facts.gather import gather, is_recording
from releases.facts.model import MediaFacts, Stream, Trouble
from releases.facts.poster import MOST_BYTES, NoPoster, poster
from releases.facts.probe import probe
from releases.facts.recordings import Programs, look
from releases.facts.worker import ENGINE, FactsWorker
from tests.services.programs import needs_program
from tests.unit.releases.facts.made_media import KINDS, SCENE, TONE, make
from tests.unit.releases.facts.media_files import Forward


@pytest.fixture(scope="module")
def worker():
    with FactsWorker() as made:
        yield made


@pytest.fixture(scope="module")
def programs():
    return Programs(needs_program(FFPROBE), needs_program(FFMPEG))


def _look(worker, programs, path, **more):
    with path.open("rb") as source:
        return look(worker, programs, "video/mp4", source, url="", size=path.stat().st_size, **more)


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_whole_and_in_part_and_cut(name, worker, programs, tmp_path):
    words, container, streams = KINDS[name]
    path = make(tmp_path / name, *words)
    body = path.read_bytes()
    found = probe(programs.ffprobe, path, tmp_path)
    assert isinstance(found, MediaFacts)
    assert (found.container, found.streams, len(found.details)) == (container, streams, len(streams))
    assert found.duration == pytest.approx(2, abs=0.15)
    assert [one.width for one in found.details if one.kind == "video"] in ([], [320], [176])

    # With a hole in the middle, as of one too large to be copied.
    part = tmp_path / "part"
    assert is_recording(body[:512])
    assert not gather(Forward(body), len(body), part, whole=1000, head=len(body) // 2, tail=len(body) // 4)
    assert part.stat().st_size == len(body)
    holed = probe(programs.ffprobe, part, tmp_path)
    assert isinstance(holed, MediaFacts)
    assert (holed.container, holed.duration, holed.streams) == (found.container, found.duration, found.streams)

    cut = look(worker, programs, "video/x", Forward(body[: len(body) // 2]), url="", size=len(body) // 2)
    if name in {"end.mp4", "a.mov", "a.3gp"}:  # what says how to play them stands in the half that is missing
        assert isinstance(cut.facts, MediaFacts)
        assert (cut.facts.duration, cut.engine) == (None, ENGINE)
        assert "ends before" in cut.facts.note
    else:
        assert isinstance(cut.facts, MediaFacts)
        assert cut.facts.streams == streams
        assert cut.engine.startswith("ffprobe ")
        says_its_size = name in {"start.mp4", "parts.mp4", "a.mkv", "a.webm", "a.avi", "a.wav"}
        assert bool(cut.facts.note) == says_its_size


def test_values_beside_phrases(programs, tmp_path):
    path = make(
        tmp_path / "a.mkv", *SCENE, *TONE, "-c:v", "libx264", "-profile:v", "high", "-c:a", "aac", "-ac", "2",
        "-metadata:s:a:0", "language=spa", "-metadata", "title=Camera\t2", "-metadata", "location=+41.8-087.6/",
        "-metadata", "creation_time=2026-03-01T10:00:00Z",
    )  # fmt: skip
    found = probe(programs.ffprobe, path, tmp_path)
    assert isinstance(found, MediaFacts)
    video, sound = found.details
    assert (video.kind, video.codec, video.profile, video.width, video.height) == ("video", "h264", "High", 320, 180)
    assert video.frame_rate == 10.0
    assert (sound.codec, sound.sample_rate, sound.channels, sound.language) == ("aac", 44100, 2, "spa")
    assert found.bit_rate
    assert found.metadata["created"] == "2026-03-01 10:00:00 UTC"
    assert found.metadata["title"] == "Camera 2"
    assert found.metadata["location"] == "present"
    assert "41.8" not in str(found)


def test_facts_that_were_archived_before_are_still_read():
    before = '{"kind":"media","container":"MP4","duration":1.5,"streams":["video avc1 1x1"],"metadata":{},"note":""}'
    found = msgspec.json.decode(before, type=MediaFacts)
    assert (found.duration, found.details, found.bit_rate) == (1.5, (), None)
    now = msgspec.structs.replace(found, details=(Stream("video", width=1),))
    assert msgspec.json.decode(msgspec.json.encode(now), type=MediaFacts) == now


def test_one_poster_upright_and_small(worker, programs, tmp_path):
    tall = make(
        tmp_path / "tall.mp4", "-i", str(make(tmp_path / "wide.mp4", *SCENE)), "-c", "copy",
        "-metadata:s:v:0", "rotate=90",
    )  # fmt: skip
    seen = _look(worker, programs, tall)
    assert seen.poster_engine.startswith("ffmpeg ")
    assert isinstance(seen.facts, MediaFacts)
    assert (seen.facts.details[0].width, seen.facts.details[0].rotation in {90, 270}) == (320, True)
    assert _size(seen.poster) == (180, 320)
    again = _look(worker, programs, tall, with_poster=False)
    assert (again.facts, again.poster) == (seen.facts, b"")


def test_large_noisy_wide_pictures_still_make_a_small_poster(programs, tmp_path):
    noisy = "nullsrc=s=1440x480:d=0.3:r=10,geq=random(1)*255:random(2)*255:128,setsar=2/1"
    path = make(tmp_path / "n.mkv", "-f", "lavfi", "-i", noisy, "-c:v", "mjpeg", "-q:v", "2")
    made = poster(programs.ffmpeg, path, tmp_path, MediaFacts("MP4", 0.3, ("video x",)))
    assert isinstance(made, bytes)
    assert len(made) <= MOST_BYTES
    assert _size(made) == (640, 106)  # twice as wide as stored, and even


def test_a_poster_is_not_of_the_dark(programs, tmp_path):
    dark = ("-f", "lavfi", "-i", "color=black:s=320x180:r=10:d=8")
    path = make(tmp_path / "dark.mp4", *dark, *SCENE, "-filter_complex", "[0][1]concat=n=2")
    made = poster(programs.ffmpeg, path, tmp_path, MediaFacts("MP4", 10.0, ("video x",)))
    assert isinstance(made, bytes)
    low, high = Image.open(io.BytesIO(made)).convert("L").getextrema()
    assert high - low > 100
    black = poster(programs.ffmpeg, make(tmp_path / "black.mp4", *dark), tmp_path, MediaFacts("MP4", 8.0, ("video x",)))
    assert isinstance(black, bytes)  # of what is dark from end to end, darkness is the picture


def test_the_cover_of_a_song_is_no_poster(worker, programs, tmp_path):
    cover = make(tmp_path / "c.jpg", *SCENE, "-frames:v", "1")
    words = (*TONE, "-i", str(cover), "-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v", "attached_pic")
    song = make(tmp_path / "s.mp3", *words)
    seen = _look(worker, programs, song)
    assert isinstance(seen.facts, MediaFacts)
    assert [one.kind for one in seen.facts.details] == ["audio", "cover"]
    assert (seen.poster, seen.trouble) == (b"", "")


def test_without_the_programs_all_is_as_it_was(worker, tmp_path):
    path = make(tmp_path / "a.mp4", *KINDS["end.mp4"][0])
    seen = _look(worker, Programs(), path)
    assert seen.facts == worker.read("video/mp4", path)
    assert (seen.engine, seen.poster) == (ENGINE, b"")


@pytest.mark.parametrize("form", ["playlist", "list of files", "redirect"])
def test_no_other_file_is_opened(form, worker, programs, tmp_path):
    """A list of files that says it is a video: ffmpeg by itself would open what it names."""
    secret = make(tmp_path / "secret.mp4", *SCENE)
    body = {
        "playlist": f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://{secret}\n#EXT-X-ENDLIST\n",
        "list of files": f"ffconcat version 1.0\nfile '{secret}'\n",
        "redirect": f"[Reference]\nRef1=file://{secret}\n",
    }[form]
    sent = tmp_path / "sent.mp4"
    sent.write_text(body)
    assert isinstance(probe(programs.ffprobe, sent, tmp_path), Trouble)
    facts = MediaFacts("MP4", 2.0, ("video x",))
    assert isinstance(poster(programs.ffmpeg, sent, tmp_path, facts), NoPoster)
    assert not is_recording(body.encode())
    seen = look(worker, programs, "video/mp4", Forward(body.encode()), url="", size=len(body))
    assert isinstance(seen.facts, Trouble)


@pytest.mark.parametrize(
    "body",
    [b"", b"\0", b"\x1a\x45\xdf\xa3", b"OggS" * 200, b"RIFF\xff\xff\xff\xffAVI " + bytes(900),
     b"ID3" + b"\xff" * 900, struct.pack(">I4s", 8, b"ftyp") * 60_000, struct.pack(">I4sQ", 1, b"mdat", 2**63) + bytes(90),
     b"\x30\x26\xb2\x75\x8e\x66\xcf\x11" + b"\xff" * 500, b"\x47" + bytes(187) + b"\x47" + bytes(5000)],
    ids=["empty", "zero", "ebml", "ogg", "avi", "id3", "boxes", "huge box", "asf", "ts"],
)  # fmt: skip
def test_broken_ones_end_in_a_trouble_or_in_few_facts(body, worker, programs):
    seen = look(worker, programs, "video/mp4", Forward(body), url="https://a.example/x", size=len(body))
    if isinstance(seen.facts, Trouble):
        assert seen.facts.why
    else:
        assert isinstance(seen.facts, MediaFacts)
        assert not seen.poster


def test_a_source_that_ends_before_its_size(worker, programs, tmp_path):
    body = make(tmp_path / "a.mp4", *SCENE).read_bytes()
    seen = look(worker, programs, "video/mp4", Forward(body), url="", size=len(body) + 1)
    assert seen.facts == Trouble("damaged", "its bytes end before their end")


@pytest.mark.parametrize("seekable", [True, False])
def test_forty_gigabytes_are_not_copied(seekable, worker, programs, tmp_path):
    """Index first: nothing after the head is asked for. Index last: it is found behind forty gigabytes."""
    start = make(tmp_path / "start.mp4", *KINDS["start.mp4"][0]).read_bytes()
    at = start.index(b"mdat") - 4
    size = 40 * 10**9
    grown = start[:at] + struct.pack(">I4sQ", 1, b"mdat", size - at) + start[at + 8 :]
    source = Forward(grown, size - len(grown))
    if seekable:
        with (tmp_path / "large").open("wb+") as file:
            file.write(grown)
            file.truncate(size)
        source = (tmp_path / "large").open("rb")
    out = tmp_path / "out"
    with source:
        assert not gather(source, size, out)
    assert out.stat().st_size == size
    assert out.stat().st_blocks * 512 < 70 * 1024**2
    assert seekable or source.read_so_far < 30 * 1024**2
    found = probe(programs.ffprobe, out, tmp_path)
    assert isinstance(found, MediaFacts)
    assert found.duration == pytest.approx(2, abs=0.1)
    assert cut_short(out) == ""


def _size(jpeg: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(jpeg)) as image:
        image.load()
        return image.size


def test_nothing_of_a_recording_stays_behind(worker, programs, tmp_path, monkeypatch):
    path = make(tmp_path / "a.mp4", *SCENE)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    assert _look(worker, programs, path).poster
    assert not list(scratch.iterdir())
