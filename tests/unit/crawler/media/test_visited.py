"""What players asked for, as candidates: which are one recording, which page's they are, which one is meant."""

from __future__ import annotations

import pytest

from crawler.capture.browser.media import Played, size_of
from crawler.capture.media.answer import Caption, Format, Info
from crawler.capture.media.found import (
    Candidate,
    as_file,
    as_stream,
    beside,
    candidate,
    meant,
    named,
    recordings,
)
from crawler.capture.media.visited import MOST, MOST_IN_ALL, Visits

HOST = "https://cdn.example"
FILM = Played("video/mp4", 9)


@pytest.mark.parametrize(
    ("path", "kind", "form"),
    [
        ("/m.m3u8?t=1", "application/vnd.apple.mpegurl", "hls"),
        ("/playlist", "application/x-mpegurl", "hls"),
        ("/m.m3u8", "", "hls"),
        ("/m.mpd", "", "dash"),
        ("/manifest", "application/dash+xml", "dash"),
        ("/a.mp4", "video/mp4", "mp4"),
        ("/stream/17", "video/webm", "webm"),
        ("/call/17", "audio/mpeg", "mp3"),
        ("/0001.ts", "video/mp2t", ""),
        ("/seg-1.m4s", "video/mp4", ""),
        ("/x", "video/iso.segment", ""),
        ("/beacon", "", ""),
    ],
)
def test_lists_and_files_are_candidates_and_pieces_are_none(path: str, kind: str, form: str):
    found = candidate(HOST + path, Played(kind))
    assert (found.form if found else "") == form


def test_one_recording_is_one_under_another_host_signature_ending_or_quality():
    same = [
        "https://a.example/17/clip.mp4?sig=1",
        "https://b.example/exp=1~acl=x/17/clip.webm",
        f"{HOST}/17/720p/clip.mp4",
        f"{HOST}/17/clip_1920x1080.mp4",
    ]
    assert len(recordings(named(same))) == 1
    other = [f"{HOST}/17/video.mp4", f"{HOST}/18/video.mp4", f"{HOST}/17/video2.mp4", f"{HOST}/17/480/video.mp4"]
    assert len(recordings(named(other))) == 4


def test_the_largest_file_is_the_best_and_else_the_one_that_was_asked_for_first():
    forms = [Candidate(f"{HOST}/{size}/c.mp4", "mp4", size) for size in (5, 9, 7)]
    assert as_file(forms, "p").formats[-1].filesize == 9
    forms = [Candidate(f"{HOST}/{name}/c.mp4", "mp4") for name in ("first", "second")]
    assert as_file(forms, "p").formats[-1].url == f"{HOST}/first/c.mp4"
    assert size_of("bytes 0-3/400", "4") == 400
    assert size_of("bytes 0-3/*", "") == size_of("", "²") == size_of("", "9" * 99) == 0


def test_what_a_list_lists_is_no_other_recording_and_its_name_outlives_its_signature():
    said = Info(formats=(Format(f"{HOST}/17/720/v.m3u8?s=new"),), captions=(Caption("en", f"{HOST}/17/en.m3u8"),))
    first, *rest = named(f"{HOST}/{name}.m3u8?s=a.b" for name in ("17/master", "17/720/v", "17/en", "18/master"))
    assert [one.url for one in beside([first, *rest], first, said)] == [f"{HOST}/18/master.m3u8?s=a.b"]
    (again,) = named([f"https://other.example/17/master.m3u8?s={'z' * 40}.q"])
    assert as_stream(first, said, "p").id == as_stream(again, said, "p").id


@pytest.mark.parametrize(
    ("names", "identity", "place"),
    [
        (["17/master", "18/master"], "/player?clip=18", 1),
        (["case-9/17/a", "case-9/18/a"], "case-9", None),
        (["17/a", "18/a"], "17 and 18", None),
        (["intro", "clip"], "/player/clip", None),
        (["17/a"], "", 0),
        ([], "17", None),
    ],
)
def test_of_several_the_one_that_the_identity_names(names: list[str], identity: str, place: int | None):
    assert meant(names, identity) == place


def test_a_player_has_what_its_own_page_or_its_own_frame_asked_for():
    visits = Visits()
    page, frame = "https://a.example/case/1", "https://player.example/e/7?x=1"
    media = {f"{HOST}/hero.mp4": FILM, f"{HOST}/7.mp4": Played("video/mp4", 9, f"{frame}#t=0")}
    visits.note((page, "https://A.example/case/1#top"), media)

    def urls(url: str, referer: str) -> list[str] | None:
        found = visits.of(url, referer)
        return None if found is None else [one.url for one in found]

    assert urls(page, "") == [f"{HOST}/hero.mp4", f"{HOST}/7.mp4"]
    assert urls(frame, page) == [f"{HOST}/7.mp4"]
    assert urls("https://player.example/e/8", page) == []
    assert urls(frame, "https://a.example/case/2") is None, "this crawl did not open it"
    assert urls("https://[bad", "https://[worse") is None


def test_pages_that_play_without_end_do_not_fill_the_memory():
    visits = Visits()
    visits.note(["https://a.example/"], {f"{HOST}/{number}.mp4": FILM for number in range(MOST + 1)})
    assert visits.of("https://a.example/", "") is None
    for number in range(MOST_IN_ALL):
        visits.note([f"https://a.example/{number}"], {f"{HOST}/{one}.mp4": FILM for one in range(2)})
    assert sum(visits.of(f"https://a.example/{number}", "") is not None for number in range(MOST_IN_ALL)) == (
        MOST_IN_ALL // 2
    )
    visits.note(["https://a.example/0"], {})
    visits.note(["https://a.example/last"], {f"{HOST}/a.mp4": FILM})
    assert visits.of("https://a.example/last", ""), "a newer visit of a page takes the place of the old one"
