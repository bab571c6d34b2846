"""Pages that embed a player nobody knows, expiring links, a missing ffmpeg: the media stage by hand."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from archive.holdings import Holdings
from config.home import open_home
from crawler.capture.browser.media import Played
from crawler.capture.media.visited import Visits
from crawler.media_stage import fetch_media
from crawler.opening import open_door
from crawler.run import Crawl
from releases.ledger.plan import FileWanted
from tests.media.conftest import SLUG, Agency
from tests.replicas.media_hosts import AGENCY, PLAYER, MediaHosts, Video, page
from tests.replicas.server import Reply

CASE = f"https://{AGENCY}/case/"


class Stage:
    """Cases whose recordings nobody took yet, and the media stage of one crawl after the other."""

    def __init__(self, agency: Agency, keys: Sequence[str]) -> None:
        agency.links = {key: f"https://{PLAYER}/video/{place}" for place, key in enumerate(keys, 900)}
        toml, agency.toml = agency.toml, agency.toml.replace("[parameters]", "media = false\n[parameters]")
        agency.crawl()
        agency.toml = toml
        agency.watch()
        self.agency, self.hosts = agency, agency.hosts
        self.visits = Visits()
        self.ids = {key: agency.file(key)["id"] for key in keys}

    def take(self, **players: str) -> list[str]:
        """Take the players at these addresses, host `embed` unless it is Vimeo; the crawl's notes."""
        self.hosts.asked.clear()
        wanted = [
            FileWanted(self.ids[key], "", url, "vimeo" if PLAYER in url else "embed", f"{CASE}{key}", kind="video")
            for key, url in players.items()
        ]
        return asyncio.run(self._take(wanted))

    async def _take(self, wanted: Sequence[FileWanted]) -> list[str]:
        home = open_home(self.agency.home)
        portal, holdings = home.portal(SLUG), Holdings(home, opened=True)
        crawl = Crawl(home, portal, holdings, lambda stage, done, known: None)
        opened = open_door(home, portal, crawl.writer, holdings, crawl.database)
        try:
            await fetch_media(crawl, opened.door, wanted, self.visits)
            await crawl.commit("test", [])
        finally:
            await opened.close()
            await crawl.writer.close()
            await crawl.database.close()
        return crawl.result.warnings

    def digest(self, key: str) -> str:
        return str(self.agency.file(key)["versions"][-1]["digest"])


def digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, made: dict[str, bytes]) -> Iterator[Stage]:
    with MediaHosts(made) as hosts:
        yield Stage(
            Agency(tmp_path_factory.mktemp("embeds"), hosts),
            (
                "html",
                "file",
                "script",
                "list",
                "none",
                "gone",
                "old",
                "ts",
                "played",
                "two",
                "lost",
                "seven",
                "eight",
                "long",
            ),
        )


def test_recordings_of_pages_are_found_whatever_shows_them(stage: Stage):
    made = stage.hosts.made
    stage.hosts.pages |= {
        "/html": page('<video controls><source src="/a.mp4" type="video/mp4"></video>'),
        "/script": page(f'<script>start({{"u": "https:\\/\\/{AGENCY}\\/b.mp4"}})</script>'),
        "/list": page(f"<script>start('https://{AGENCY}/master-ts.m3u8')</script>"),
        "/none": page("<p>The recording will be posted here.</p>"),
    }
    there = {name: f"https://{AGENCY}/{name}" for name in ("html", "script", "list", "none", "gone")}
    stage.take(file=f"https://{AGENCY}/a.mp4", **there)
    assert stage.digest("html") == stage.digest("file") == digest(made["a.mp4"])
    assert stage.digest("script") == digest(made["b.mp4"])
    assert stage.digest("list") == digest(made["ts0.ts"] + made["ts1.ts"])
    assert stage.agency.file("none")["outcome"].startswith("no recording was found at this address")
    assert stage.agency.file("gone")["outcome"] == "its source answered 404"

    stage.take(file=f"https://{AGENCY}/a.mp4", **there)
    assert all("if-none-match" in one.headers for one in stage.hosts.media_asked()), "no byte twice"
    assert {len(stage.agency.file(key)["versions"]) for key in ("html", "file", "script", "list")} == {1}


def played(stage: Stage, key: str, media: dict[str, str]) -> str:
    """A browser had the page of `key` open, which asked for `media`: path → type. Its address."""
    url = f"https://{AGENCY}/{key}"
    stage.hosts.pages[f"/{key}"] = page("<script>play()</script>")
    stage.visits.note([url], {f"https://{AGENCY}{path}": Played(kind) for path, kind in media.items()})
    return url


def test_what_a_page_played_is_one_recording_that_outlives_its_signature(stage: Stage):
    made, hls = stage.hosts.made, "application/x-mpegurl"
    asked = {"/master-split.m3u8": hls, "/v.m3u8": hls, "/vinit.mp4": "video/mp4", "/v1.m4s": "video/mp4"}
    url = played(stage, "played", {f"{path}?sig=a.b": kind for path, kind in asked.items()})
    stage.take(played=url)
    assert stage.digest("played") == digest(
        b"".join(made[name] for name in ("vinit.mp4", "v0.m4s", "v1.m4s", "v2.m4s") if name in made)
    )
    played(stage, "played", {f"{path}?sig=c.d": kind for path, kind in asked.items()})
    stage.take(played=url)
    assert all("if-none-match" in one.headers for one in stage.hosts.media_asked()), "no byte twice"

    before, stage.visits = stage.agency.file("played"), Visits()
    stage.take(played=url)
    assert stage.hosts.asked == [], "a crawl that did not open the page does not know where its recording is now"
    assert stage.agency.file("played") == before


def test_of_several_that_were_played_none_is_taken_but_the_one_that_the_file_is_named_after(stage: Stage):
    keys = ("two", "eight")
    numbers = [stage.agency.file(key)["identity"].removeprefix("vimeo:") for key in keys]
    clips = dict(zip(numbers, ("a.mp4", "b.mp4"), strict=True))
    for number, name in clips.items():
        stage.hosts.pages[f"/clips/{number}.mp4"] = Reply(stage.hosts.made[name], kind="video/mp4")
    media = {f"/clips/{number}.mp4": "video/mp4" for number in clips}
    stage.take(seven=played(stage, "seven", media), **{key: played(stage, key, media) for key in keys})
    assert stage.agency.file("seven")["outcome"].endswith("(this is a list of 2 recordings)")
    assert [stage.digest(key) for key in keys] == [digest(stage.hosts.made[name]) for name in clips.values()]
    stage.take(html=f"https://{AGENCY}/html")
    assert stage.hosts.media_asked(), "the same bytes are another file's too, which no visit has to tell of"


def test_a_link_of_a_visit_that_expired_removes_nothing(stage: Stage):
    hls = "application/x-mpegurl"
    stage.take(lost=played(stage, "lost", {"/expired.m3u8": hls, "/master-ts.m3u8": hls}))
    assert "its host gave no usable answer" in stage.agency.file("lost")["outcome"]


@pytest.mark.parametrize(("limit", "value"), [("crawl_requests", "1"), ("crawl_seconds", "0.001")])
def test_a_crawl_at_its_limit_leaves_the_recordings_for_the_next(stage: Stage, limit: str, value: str):
    before = [stage.agency.file(key) for key in ("html", "file")]
    toml = stage.agency.toml
    stage.agency.toml = toml.replace("[parameters]", f"[limits]\n{limit} = {value}\n[parameters]")
    stage.agency.watch()
    notes = stage.take(html=f"https://{AGENCY}/html", file=f"https://{AGENCY}/b.mp4")
    stage.agency.toml = toml
    stage.agency.watch()
    assert any(f"limits.{limit}" in note for note in notes), notes
    assert stage.hosts.media_asked() == []
    assert [stage.agency.file(key)["versions"] for key in ("html", "file")] == [one["versions"] for one in before]


def test_a_link_that_expires_on_the_way_is_asked_for_anew(stage: Stage):
    stage.hosts.videos["31"] = Video(progressive="", hls="master-ts.m3u8")
    stage.hosts.uses = 4  # two masters, a playlist, one piece
    stage.take(old=f"https://{PLAYER}/video/31")
    assert "its host gave no usable answer" in stage.agency.file("old")["outcome"]
    pages = [one for one in stage.hosts.asked if one.path == "/video/31"]
    assert len(pages) == 2, "once more, and no further"
    stage.hosts.uses = 5
    stage.take(old=f"https://{PLAYER}/video/31")
    assert stage.digest("old") == digest(stage.hosts.made["ts0.ts"] + stage.hosts.made["ts1.ts"])
    stage.hosts.uses = 0


def test_a_playlist_too_large_for_memory_is_read_back_now_and_when_it_is_held_already(stage: Stage):
    made, comments = stage.hosts.made, b"#" + b"x" * 99 + b"\n"
    made |= {"long.m3u8": made["ts.m3u8"] + 50_000 * comments, "master-long.m3u8": made["master-ts.m3u8"].replace(b"ts.m3u8", b"long.m3u8")}  # fmt: skip
    stage.hosts.videos["33"] = Video(progressive="", hls="master-long.m3u8")
    for _ in range(2):
        stage.take(long=f"https://{PLAYER}/video/33")
        file = stage.agency.file("long")
        assert file["outcome"] == ""
        assert [one["digest"] for one in file["versions"]] == [digest(made["ts0.ts"] + made["ts1.ts"])]


def test_without_ffmpeg_the_bytes_are_archived_and_a_note_says_what_is_missing(stage: Stage):
    settings = stage.agency.home / "recordwatch.toml"
    before = settings.read_text("utf-8")
    settings.write_text(before + '\n[programs]\nffmpeg = "/nowhere/ffmpeg"\n', "utf-8")
    stage.hosts.videos["32"] = Video(progressive="", hls="master-ts.m3u8")
    notes = stage.take(ts=f"https://{PLAYER}/video/32")
    settings.write_text(before, "utf-8")
    assert any("programs.ffmpeg = '/nowhere/ffmpeg'" in note for note in notes)
    assert stage.digest("ts") == digest(stage.hosts.made["ts0.ts"] + stage.hosts.made["ts1.ts"])


def test_a_killed_crawls_copy_is_nobodys_and_is_removed(stage: Stage, tmp_path: Path):
    from archive.recover import recover
    from archive.warc.derived_file import write_conversion
    from archive.warc.naming import warc_name
    from archive.warc.record import now
    from archive.warc.spool_errors import SpoolFailed

    home = open_home(stage.agency.home)
    folder = home.spool / SLUG / "01a20000-0000-7000-8000-000000000000"
    folder.mkdir(parents=True)
    name = warc_name(SLUG, now(), folder.name, 1)
    with pytest.raises(SpoolFailed):
        write_conversion(folder, name, SLUG, folder.name, {}, capture="c", url="https://a.example/", path=tmp_path / "no",
                         mime="video/mp4", engine="x")  # fmt: skip
    assert list(folder.iterdir()) == []
    (folder / f"{name}.open").write_bytes(b"\x1f\x8b half a record")
    recover(home, Holdings(home, opened=True), SLUG)
    assert not folder.exists()
