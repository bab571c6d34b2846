"""An agency whose cases link players, over seven crawls: what is archived, what plays, what is told."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from archive.warc.replay import Replay
from crawler.capture.media.memory import MEDIA_TYPE, Memory
from tests.media.conftest import SLUG, Agency, payload, records, run, seconds
from tests.replicas.media_hosts import AGENCY, PLAYER, SECONDS, WIDGET, YOUTUBE, MediaHosts, Video
from tests.replicas.server import Asked


@dataclass(frozen=True)
class Day:
    """What one crawl said, asked of the players' hosts, and told; the files as they were then."""

    said: str
    asked: list[Asked]
    media: list[Asked]
    events: list[dict[str, Any]]
    files: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Story:
    agency: Agency
    hosts: MediaHosts
    days: dict[str, Day]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, made: dict[str, bytes]) -> Iterator[Story]:
    with MediaHosts(made) as hosts:
        agency = Agency(tmp_path_factory.mktemp("story"), hosts)
        told = Story(agency, hosts, {})

        def day(name: str, *keys: str) -> None:
            hosts.asked.clear()
            before = len(agency.events()) if told.days else 0
            said = agency.crawl().out
            asked, media = list(hosts.asked), hosts.media_asked()
            files = {key: agency.file(key) for key in keys}
            told.days[name] = Day(said, asked, media, agency.events()[before:], files)

        hosts.referer_needed = f"https://{AGENCY}/"
        hosts.videos |= {
            "1": Video(progressive="", hls="master-ts.m3u8", captions=True),
            "2": Video(),
            "3": Video(),
            "4": Video(progressive="", hls="master-split.m3u8"),
            "5": Video(state="live"),
            "yt_okayokay": Video(),
            "yt_private0": Video(state="private"),
            "77": Video(progressive="sound.mp3"),
        }
        agency.links = {
            "stream": f"https://{PLAYER}/video/1?h=abc123",
            "replaced": f"https://{PLAYER}/video/2",
            "removed": f"https://{PLAYER}/video/3",
            "split": f"https://{PLAYER}/video/4",
            "live": f"https://{PLAYER}/video/5",
            "tube": f"https://{YOUTUBE}/embed/yt_okayokay",
            "private": f"https://{YOUTUBE}/watch?v=yt_private0",
            "sound": f"https://{WIDGET}/player/?url=https%3A//api.soundcloud.com/tracks/77",
        }
        day("first", *agency.links)
        (agency.home / "catalog.sqlite3").unlink()
        assert run("rebuild", "--home", agency.home).code == 0
        day("unchanged", "stream", "split", "tube")
        hosts.videos["2"].progressive = "b.mp4"
        hosts.videos["3"].state = "privacy"
        day("changed", "replaced", "removed")
        hosts.videos["3"].state = "removed"
        day("removed")
        day("removed again")
        hosts.videos["3"].state = ""
        day("back")
        agency.toml = agency.toml.replace("[parameters]", "media = false\n[parameters]")
        day("without media")
        yield told


def digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def memories(story: Story) -> dict[str, Memory]:
    """What is remembered, by the host's number of the recording."""
    read = [msgspec.json.decode(block, type=Memory) for block in records(story.agency, MEDIA_TYPE)]
    return {one.recording.id: one for one in read}


def test_a_stream_is_put_together_from_its_pieces_and_plays(story: Story, tmp_path: Path):
    first, made = story.days["first"], story.hosts.made
    assert "8 records, 6 files" in first.said
    (version,) = first.files["stream"]["versions"]
    whole = made["ts0.ts"] + made["ts1.ts"]
    assert version["digest"] == digest(whole)
    assert payload(story.agency, version["capture"]) == whole
    (tmp_path / "whole.ts").write_bytes(whole)
    assert abs(seconds(tmp_path / "whole.ts") - SECONDS) < 0.2


def test_what_browsers_cannot_play_has_a_copy_that_they_can(story: Story, tmp_path: Path):
    copies = records(story.agency, "video/mp4")
    assert len(copies) == 2, "of MPEG-TS, and of picture and sound that came apart"
    assert {memories(story)["1"].playable, memories(story)["4"].playable} == {len(copy) for copy in copies}
    for place, copy in enumerate(copies):
        path = tmp_path / f"{place}.mp4"
        path.write_bytes(copy)
        assert abs(seconds(path) - SECONDS) < 0.2
        assert b"avc1" in copy
        assert b"mp4a" in copy


def test_what_its_host_says_is_remembered_and_captions_are_searchable(story: Story):
    memory = memories(story)["1"]
    assert (memory.recording.title, memory.recording.duration) == ("Body camera, unit 12", SECONDS)
    assert [(part.role, part.pieces) for part in memory.parts] == [("recording", 2)]
    assert [(track.language, track.automatic) for track in memory.captions] == [("en", False)]
    assert payload(story.agency, memory.still) == story.hosts.made["still.jpg"]
    found = run("search", "quokka", "--json", "--home", story.agency.home).out
    assert "/case/stream" in found


def test_copies_and_captions_are_found_by_what_they_were_made_of(story: Story):
    story.agency.file("stream")
    from releases.recordings import captions, playable_copies, transcripts

    digests = {
        key: file["versions"][0]["digest"] for key, file in story.days["first"].files.items() if file["versions"]
    }
    assert set(playable_copies(digests.values())) == {digests["stream"], digests["split"]}
    tracks = captions(digests.values())
    assert [(digest, [one.engine for one in made]) for digest, made in tracks.items()] == [
        (digests["stream"], ["captions, en"])
    ]
    assert transcripts(digests.values()) == {}, "captions are no machine's transcript"


def test_files_and_sound_of_other_hosts_are_taken_too(story: Story):
    files, made = story.days["first"].files, story.hosts.made
    assert files["tube"]["versions"][0]["digest"] == digest(made["a.mp4"])
    assert files["sound"]["versions"][0]["digest"] == digest(made["sound.mp3"])
    assert all(one.headers["user-agent"].startswith("recordwatch/") for one in story.days["first"].asked)


def test_streams_that_run_and_private_recordings_are_said_to_be_that(story: Story):
    files = story.days["first"].files
    assert "live stream" in files["live"]["outcome"]
    assert files["private"]["outcome"].startswith("its host says that the recording is private")
    assert not files["live"]["versions"]


def test_what_did_not_change_costs_no_byte_also_with_a_catalog_from_the_archive(story: Story):
    day = story.days["unchanged"]
    assert day.events == []
    assert all("if-none-match" in one.headers for one in day.media)
    pieces = sorted(one.path.rpartition("/")[2] for one in day.media)
    assert pieces == ["a.mp4", "a.mp4", "a.mp4", "s2.m4s", "sound.mp3", "ts1.ts", "v1.m4s"], "of a stream, one piece"
    assert all(file["versions"] == story.days["first"].files[key]["versions"] for key, file in day.files.items())


def test_a_replaced_recording_is_a_version_and_a_wall_withdraws_nothing(story: Story):
    day = story.days["changed"]
    assert [(event["kind"], event["key"]) for event in day.events] == [("file_replaced", "/case/replaced")]
    assert len(day.files["replaced"]["versions"]) == 2
    assert "asks for a login" in day.files["removed"]["outcome"]


def test_removed_twice_is_told_with_the_hosts_answer_and_so_is_its_return(story: Story):
    assert story.days["removed"].events == []
    (gone,) = story.days["removed again"].events
    assert (gone["kind"], gone["tags"]) == ("file_withdrawn", ["removed at host"])
    evidence = payload(story.agency, gone["captures"][-1])
    assert evidence.startswith(b"<h1>Sorry</h1>")
    (back,) = story.days["back"].events
    assert (back["kind"], back["tags"]) == ("file_added", ["restored"])


def test_without_media_no_player_is_asked(story: Story):
    day = story.days["without media"]
    assert {one.host for one in day.asked} == {AGENCY}
    assert day.events == []


def test_all_of_it_verifies(story: Story):
    said = run("verify", "--full", "--home", story.agency.home)
    assert said.code == 0, said


def test_picture_and_sound_are_handed_over_and_restricted_together(story: Story, tmp_path: Path):
    home, (picture, sound) = story.agency.home, memories(story)["4"].parts
    out = tmp_path / "split.warc.gz"
    assert run("export", SLUG, "/case/split", "-o", out, "--home", home).code == 0
    handed = Replay.from_file(out)
    assert {row.payload_digest for row in map(handed.find, handed.urls)} >= {picture.digest, sound.digest}

    assert run("restrict", "capture", picture.capture, "--by", "R. Porter", "--why", "asked", "--home", home).code == 0
    listed = run("restrict", "list", "--json", "--home", home).out
    assert picture.digest in listed
    assert sound.digest in listed
    assert run("export", SLUG, "/case/split", "-o", out, "--home", home).code == 0
    handed = Replay.from_file(out)
    assert not {row.payload_digest for row in map(handed.find, handed.urls)} & {picture.digest, sound.digest}
