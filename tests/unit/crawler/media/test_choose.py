"""Which form of a recording is taken."""

from __future__ import annotations

import pytest

from crawler.capture.media.answer import Caption, Format, Info, Piece, Thumbnail
from crawler.capture.media.choose import choose


def file(name: str, height: int | None = None, **values) -> Format:
    return Format(f"https://cdn.example/{name}", format_id=name, protocol="https", height=height, **values)


def hls(name: str, height: int | None = None, **values) -> Format:
    return Format(f"https://cdn.example/{name}.m3u8", format_id=name, protocol="m3u8_native", height=height, **values)


def names(*formats: Format, most: int = 10**12) -> list[str]:
    return [one.format_id for one in choose(Info(formats=formats), ("en",), most).formats]


@pytest.mark.parametrize(
    ("formats", "taken"),
    [
        ([hls("s720", 720), file("f720", 720)], ["f720"]),
        ([file("f360", 360), hls("s1080", 1080)], ["s1080"]),
        ([file("f1080", 1080), file("source", 360)], ["source"]),
        ([file("own"), hls("s1080", 1080)], ["own"]),
        ([hls("a", vcodec="none", acodec="mp4a"), hls("v1080", 1080, acodec="none"), hls("both720", 720)], ["v1080", "a"]),
        ([hls("a", vcodec="none", acodec="mp4a"), hls("v720", 720, acodec="none"), hls("both720", 720)], ["both720"]),
        ([hls("sound", vcodec="none"), file("mp3", vcodec="none")], ["mp3"]),
        ([hls("silent", 720, vcodec="avc1", acodec="none")], ["silent"]),
        ([file("sheet", 90, vcodec="none", acodec="none", ext="mhtml"), file("f", 90)], ["f"]),
        ([file("mp3_preview", vcodec="none"), hls("whole", vcodec="none")], ["whole"]),
        ([file("big", 1080, filesize=900), file("small", 360, filesize=90)], ["small"]),
    ],
)  # fmt: skip
def test_the_best_that_can_be_taken(formats: list[Format], taken: list[str]):
    assert names(*formats, most=500) == taken


def test_of_two_cdns_with_the_same_it_is_always_the_same_one():
    sound = (
        hls("snd-a", vcodec="none", manifest_url="https://a.example/m"),
        hls("snd-b", vcodec="none", manifest_url="b"),
    )
    pictures = (
        hls("v-a", 720, acodec="none", manifest_url="https://a.example/m"),
        hls("v-b", 720, acodec="none", manifest_url="b"),
    )
    assert names(*sound, *pictures) == ["v-b", "snd-b"]
    assert names(*sound[::-1], *pictures[::-1]) == ["v-a", "snd-a"], "of one manifest"


def test_why_nothing_is_taken():
    assert choose(Info(), ("en",), 10).why == "nothing"
    assert choose(Info(formats=(file("a", has_drm=True),)), ("en",), 10).why == "drm"
    assert choose(Info(formats=(file("a", filesize=11),)), ("en",), 10).why == "too large"
    odd = Format("rtmp://x", protocol="rtmp"), Format("https://x/m.mpd", protocol="http_dash_segments")
    assert choose(Info(formats=odd), ("en",), 10).why == "nothing"
    assert not choose(
        Info(formats=(Format("https://x", protocol="http_dash_segments", pieces=(Piece("y"),)),)), (), 9
    ).why


def test_captions_of_people_in_every_language_and_of_machines_in_ours_where_people_made_none():
    tracks = [
        ("en", "json3", True), ("en", "vtt", True), ("es", "vtt", False), ("es", "srv3", False), ("es", "vtt", True),
        ("de", "vtt", True), ("en-orig", "vtt", True), ("fr", "m4a", False),
    ]  # fmt: skip
    info = Info(
        formats=(file("a"),),
        captions=tuple(Caption(name, f"https://x/{name}.{ext}", ext, auto) for name, ext, auto in tracks),
        thumbnails=(Thumbnail("s", width=64), Thumbnail("l", width=640), Thumbnail("unsaid")),
    )
    choice = choose(info, ("en-US", "es"), 10)
    assert [(one.language, one.ext, one.automatic) for one in choice.captions] == [
        ("es", "vtt", False), ("en-orig", "vtt", True),
    ]  # fmt: skip
    assert choice.thumbnail is not None
    assert choice.thumbnail.url == "l"
