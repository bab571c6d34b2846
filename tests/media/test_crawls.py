"""Whole crawls of an agency whose cases link players: what is archived, what plays, what is told."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from archive.holdings import Holdings
from config.home import open_home
from crawler.capture.media.memory import MEDIA_TYPE, Memory
from releases.recordings import content
from tests.media.conftest import SLUG, Agency, derived, payload, seconds
from tests.replicas.media_hosts import CDN, PLAYER, SECONDS, WIDGET, YOUTUBE, Video

VIMEO = f"https://{PLAYER}/video/1?h=abc123"


def test_a_stream_is_archived_put_together_played_and_cheap_to_ask_for_again(agency: Agency, tmp_path: Path):
    hosts = agency.hosts
    hosts.videos["1"] = Video(progressive="", hls="master-ts.m3u8", captions=True)
    hosts.referer_needed = "https://video.pine-hollow.example/"
    agency.links = {"1": VIMEO}
    said = agency.crawl()
    assert "1 record, 1 file" in said.out
    file = agency.file("1")
    whole = hosts.made["ts0.ts"] + hosts.made["ts1.ts"]
    assert file["versions"][0]["digest"] == f"sha256:{hashlib.sha256(whole).hexdigest()}"
    assert payload(agency, file["versions"][0]["capture"]) == whole

    made = derived(agency)
    (copy,) = [one for one in made if one.mime == "video/mp4"]
    holdings = Holdings(open_home(agency.home), opened=True)
    (tmp_path / "copy.mp4").write_bytes(content(holdings, copy))
    assert abs(seconds(tmp_path / "copy.mp4") - SECONDS) < 0.2
    (tmp_path / "whole.ts").write_bytes(whole)
    assert abs(seconds(tmp_path / "whole.ts") - SECONDS) < 0.2
    (about,) = [one for one in made if one.mime == MEDIA_TYPE]
    memory = msgspec.json.decode(content(holdings, about), type=Memory)
    assert memory.recording.title == "Body camera, unit 12"
    assert [part.pieces for part in memory.parts] == [2]
    assert memory.playable == (tmp_path / "copy.mp4").stat().st_size
    assert memory.captions[0].language == "en"
    found = agency.run("search", "quokka", "--json", "--home", agency.home).out
    assert "/case/1" in found, "what the captions say is searchable"

    hosts.asked.clear()
    agency.crawl()
    asked = hosts.media_asked()
    assert [one.path.rpartition("/")[2] for one in asked] == ["ts1.ts"], "one piece is asked for by its validators"
    assert "if-none-match" in asked[0].headers
    assert agency.file("1")["versions"] == file["versions"]
    assert agency.events() == []


def test_removed_twice_is_told_and_so_is_its_return(agency: Agency):
    hosts = agency.hosts
    hosts.videos["1"] = Video()
    agency.links = {"1": VIMEO}
    agency.crawl()
    assert agency.file("1")["versions"][0]["digest"] == f"sha256:{hashlib.sha256(hosts.made['a.mp4']).hexdigest()}"
    hosts.asked.clear()
    agency.crawl()
    assert all("if-none-match" in one.headers for one in hosts.media_asked()), "no byte of a video that is held"

    hosts.videos["1"].state = "privacy"
    agency.crawl()
    agency.crawl()
    assert agency.events() == [], "a wall withdraws nothing"
    assert "asks for a login" in agency.file("1")["outcome"]

    hosts.videos["1"].state = "removed"
    agency.crawl()
    assert agency.events() == []
    agency.crawl()
    (gone,) = agency.events()
    assert (gone["kind"], gone["tags"]) == ("file_withdrawn", ["removed at host"])
    assert len(gone["captures"]) == 2
    assert payload(agency, gone["captures"][-1]).startswith(b"<h1>Sorry</h1>"), "the host's answer is the evidence"

    hosts.videos["1"].state = ""
    agency.crawl()
    assert [event["kind"] for event in agency.events()] == ["file_withdrawn", "file_added"]


def test_a_replaced_recording_is_a_new_version(agency: Agency):
    hosts = agency.hosts
    hosts.videos["1"] = Video()
    agency.links = {"1": VIMEO}
    agency.crawl()
    hosts.videos["1"].progressive = "b.mp4"
    agency.crawl()
    (event,) = agency.events()
    assert event["kind"] == "file_replaced"
    digests = [version["digest"] for version in agency.file("1")["versions"]]
    assert len(set(digests)) == 2


def test_hosts_that_say_no_and_one_that_says_yes_in_one_crawl(agency: Agency):
    videos = agency.hosts.videos
    videos["2"] = Video(state="live")
    videos["yt_okayokay"], videos["yt_private0"] = Video(), Video(state="private")
    videos["77"] = Video(progressive="sound.mp3")
    agency.links = {
        "live": f"https://{PLAYER}/video/2",
        "tube": f"https://{YOUTUBE}/embed/yt_okayokay",
        "private": f"https://{YOUTUBE}/watch?v=yt_private0",
        "sound": f"https://{WIDGET}/player/?url=https%3A//api.soundcloud.com/tracks/77",
    }
    said = agency.crawl()
    assert "4 records, 2 files" in said.out
    assert "live stream" in agency.file("live")["outcome"]
    assert "private" in agency.file("private")["outcome"]
    assert agency.file("tube")["versions"][0]["size"] == len(agency.hosts.made["a.mp4"])
    assert agency.file("sound")["versions"][0]["mime"] == "audio/mpeg"
    assert all(one.headers["user-agent"].startswith("recordwatch/") for one in agency.hosts.asked)


def test_without_media_no_player_is_asked(agency: Agency):
    agency.hosts.videos["1"] = Video()
    agency.links = {"1": VIMEO}
    agency.toml = agency.toml.replace("[parameters]", "media = false\n[parameters]")
    agency.crawl()
    assert {one.host for one in agency.hosts.asked} == {"video.pine-hollow.example"}
    assert agency.file("1")["versions"] == []


def test_a_catalog_rebuilt_from_the_archive_remembers_recordings(agency: Agency):
    agency.hosts.videos["1"] = Video(progressive="", hls="master-split.m3u8")
    agency.links = {"1": VIMEO}
    agency.crawl()
    (agency.home / "catalog.sqlite3").unlink()
    said = agency.run("rebuild", "--home", agency.home)
    assert said.code == 0, said
    agency.hosts.asked.clear()
    agency.crawl()
    assert all("if-none-match" in one.headers for one in agency.hosts.media_asked())
    assert {one.host for one in agency.hosts.media_asked()} == {CDN}
    assert agency.run("verify", "--full", "--home", agency.home).code == 0
    assert SLUG in said.out or said.out
