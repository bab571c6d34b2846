"""A portal with recordings, by the real command: facts, a poster, and what is said in them, found by a search."""

from __future__ import annotations

import functools
import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from archive.catalog.database import open_database
from archive.holdings import Holdings
from config.programs import FFPROBE
from tests.acceptance.newsroom import Mailbox, Newsroom
from tests.services.programs import ESPEAK, needs_program
from tests.unit.releases.facts.made_media import SCENE, make

WORDS = "yesterday . nobody answered . go forward . the investigation"
"""What the small English model understands of a robot's voice."""
PAGE = """<html><title>Recordings</title><body><main><h1>Recordings (FICTIONAL)</h1>
<a href="/interview.mp4">Interview</a> <a href="/again.mp4">The same interview</a> <a href="/tone.wav">Tone</a>
</main></body></html>"""
PORTAL = """
slug = "tapes"
name = "Tapes (FICTIONAL)"
agency = "Nobody"
place = "Nowhere"
url = "{url}/"
spider = "pages"
allow_private_network = true
[politeness]
delay = 0.0
[parameters]
files = ["main a"]
[text]
transcribe = true
"""
SPEECH = '[speech]\nengine = "pocketsphinx"\n'


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("portal")
    spoken = folder / "spoken.wav"
    subprocess.run([needs_program(ESPEAK), "-v", "en-us", "-s", "120", "-g", "4", "-w", spoken, WORDS], check=True)
    make(folder / "interview.mp4", *SCENE, "-i", str(spoken), "-c:v", "libx264", "-c:a", "aac", "-b:a", "96k")
    (folder / "again.mp4").write_bytes((folder / "interview.mp4").read_bytes())
    make(folder / "tone.wav", "-f", "lavfi", "-i", "anullsrc=r=16000:cl=mono:d=1")
    (folder / "index.html").write_text(PAGE)
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    yield box
    box.close()


def _newsroom(path: Path, mailbox: Mailbox, url: str, tables: str = SPEECH) -> Newsroom:
    room = Newsroom(path, mailbox, tables=tables)
    room.watch(PORTAL.format(url=url), "tapes")
    return room


def test_facts_poster_transcript_search(tmp_path: Path, mailbox: Mailbox, portal: str) -> None:
    needs_program(FFPROBE)
    room = _newsroom(tmp_path / "home", mailbox, portal)
    room.run("crawl", "tapes")
    holdings = Holdings(room.home)
    from archive.catalog.models import Derived
    from releases.models import FileFacts, FileVersion
    from releases.recordings import content, posters, transcripts
    from releases.speech.vtt import read_vtt

    by_url = {row.url.rpartition("/")[2]: row.digest for row in FileVersion.objects.all()}
    interview, tone = by_url["interview.mp4"], by_url["tone.wav"]
    facts = FileFacts.objects.get(digest=interview, kind="media")
    assert facts.engine.startswith("ffprobe ")
    assert [one["codec"] for one in facts.facts["details"]] == ["h264", "aac"]

    found = posters([interview, tone])
    assert set(found) == {interview}
    assert found[interview].engine.startswith("ffmpeg ")
    assert content(holdings, found[interview]).startswith(b"\xff\xd8\xff")
    assert Derived.objects.filter(mime="image/jpeg").count() == 1  # the same bytes came twice

    heard = transcripts([interview, tone])
    segments = list(read_vtt(content(holdings, heard[interview]).decode()))
    said = " ".join(segment.text for segment in segments)
    understood = [word for word in ("yesterday", "nobody", "answered", "forward", "investigation") if word in said]
    assert len(understood) >= 3, said
    assert all(0 <= segment.start < segment.end < 15 for segment in segments)
    assert "pocketsphinx" in heard[interview].engine
    assert b"no words" in content(holdings, heard[tone])

    hits = room.rows("search", understood[-1])
    assert any(hit["type"] == "file" and understood[-1] in json.dumps(hit["snippet"]) for hit in hits), (hits, said)
    assert not room.rows("search", "JFIF")  # a poster is no text
    assert "-->" not in json.dumps(hits)

    rows = Derived.objects.count()
    room.run("crawl", "tapes")
    assert set(transcripts([interview, tone])) == {interview, tone}
    assert Derived.objects.filter(mime__startswith="text/vtt").count() == 2
    assert Derived.objects.exclude(mime__startswith="text/plain").count() <= rows
    room.check_archive()
    room.check_rebuild()


def test_what_is_missing_is_said_in_a_sentence_and_fails_nothing(tmp_path: Path, mailbox: Mailbox, portal: str) -> None:
    """Neither ffmpeg nor a model, both asked for."""
    tables = '[programs]\nffmpeg = "nowhere/ffmpeg"\n[speech]\nengine = "whisper.cpp"\nmodel = "none.bin"\n'
    room = _newsroom(tmp_path / "home", mailbox, portal, tables)
    done = room.run("crawl", "tapes", "--json")
    warnings = json.loads(done.stdout)["warnings"]
    assert [line for line in warnings if "ffmpeg" in line] == [warnings[0]]
    assert "there is no such program" in warnings[0]
    assert done.stderr.count("nothing is transcribed") == 1
    from releases.models import FileFacts

    open_database(room.home.database_url)
    assert FileFacts.objects.filter(kind="media").count() == 2


def test_a_video_that_somebody_hands_in(tmp_path: Path, mailbox: Mailbox, portal: str) -> None:
    needs_program(FFPROBE)
    room = _newsroom(tmp_path / "home", mailbox, portal, "")
    video = make(tmp_path / "handed-in.mp4", *SCENE)
    room.run("deposit", "tapes", str(video), "--how", "Handed in by a reader.", "--received", "2026-01-05")
    from releases.models import FileFacts
    from releases.recordings import posters

    open_database(room.home.database_url)
    facts = FileFacts.objects.get(kind="media")
    assert facts.engine.startswith("ffprobe ")
    assert set(posters([facts.digest])) == {facts.digest}
    room.check_archive()
