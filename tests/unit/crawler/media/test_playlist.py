"""Playlists of streams, what of them stays under other signatures, and media found in pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.capture.media.answer import Format, Piece
from crawler.capture.media.found import as_file, media_addresses, named, recordings
from crawler.capture.media.outcomes import Unhad
from crawler.capture.media.playlist import read_dash, read_hls, unsigned

BASE = "https://cdn.example/exp=1~acl=%2F*~hmac=ab/clip/list.m3u8?token=1"


def test_pieces_sections_ranges_and_keys():
    stream = read_hls(
        '#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:7\n#EXT-X-MAP:URI="init.mp4",BYTERANGE="10@5"\n#EXTINF:2.5,\n#EXT-X-BYTERANGE:100@15\n'
        'a.mp4\n#EXTINF:2.5,\n#EXT-X-BYTERANGE:50\na.mp4\n#EXT-X-KEY:METHOD=AES-128,URI="/k",IV=0x1\n#EXTINF:1,\n'
        "https://other.example/c.ts\n#EXT-X-ENDLIST\n",
        BASE,
    )  # fmt: skip
    told = [(one.url.rpartition("/")[2], one.start, one.length, one.init, one.number) for one in stream.stretches]
    assert told == [
        ("init.mp4", 5, 10, True, 0), ("a.mp4", 15, 100, False, 7), ("a.mp4", 115, 50, False, 8), ("c.ts", 0, 0, False, 9),
    ]  # fmt: skip
    assert (stream.seconds, stream.keys, stream.stretches[0].key) == (6.0, ("https://cdn.example/k",), None)


def test_the_same_pieces_under_another_signature_are_the_same():
    text = "#EXTM3U\n#EXTINF:2,\na.ts?s={}\n#EXTINF:2,\nb.ts\n#EXT-X-ENDLIST"
    one = read_hls(text.format(1), BASE)
    again = read_hls(text.format(2), BASE.replace("hmac=ab", "hmac=cd").replace("exp=1", "exp=9"))
    other = read_hls(text.format(1).replace("b.ts", "c.ts"), BASE)
    assert one.fingerprint() == again.fingerprint() != other.fingerprint()
    assert unsigned(BASE) == "/clip/list.m3u8"
    assert unsigned("https://x.example/state=ohio/a.mp4") == "/state=ohio/a.mp4", "a name is no signature"


@given(st.text(alphabet='#EXT-X:KEYMAP=",INF0123456789@\n./aé', max_size=400))
def test_no_text_breaks_the_reader(text: str):
    try:
        stream = read_hls("#EXTM3U\n" + text, BASE)
    except Unhad:
        return
    assert stream.stretches


def test_dash_pieces_have_their_addresses_below_the_base():
    format_ = Format(
        "m", base="https://cdn.example/v/", pieces=(Piece(path="i.mp4"), Piece(path="1.m4s", duration=2.0))
    )
    stream = read_dash(format_)
    assert [(one.url, one.init) for one in stream.stretches] == [
        ("https://cdn.example/v/i.mp4", True), ("https://cdn.example/v/1.m4s", False),
    ]  # fmt: skip
    with pytest.raises(Unhad, match="more than 20000 pieces"):
        read_dash(Format("m", base="https://cdn.example/", pieces=(Piece(path="1"),) * 20_001))


PAGE = """
<meta property="og:video" content="/og.mp4"><video src='v.mp4'><source src="v.webm"></video><audio src=s.mp3></audio>
<script type="application/ld+json">{"@graph": [{"contentUrl": "https://x.example/ld.mp4"}]}</script>
<script>f({"u":"https:\\/\\/x.example\\/live\\/m.m3u8?k=1"})</script><a href="javascript:x.mp4">a</a><a href="/t.mp4">b</a>
<a href="https://[bad.mp4">c</a>
"""


def test_what_a_page_shows():
    found = media_addresses(PAGE, "https://x.example/p/")
    assert found == [
        "https://x.example/p/v.mp4", "https://x.example/p/v.webm", "https://x.example/p/s.mp3", "https://x.example/og.mp4",
        "https://x.example/ld.mp4", "https://x.example/t.mp4", "https://x.example/live/m.m3u8?k=1",
    ]  # fmt: skip
    assert [one.url for one in named(found) if one.listed] == ["https://x.example/live/m.m3u8?k=1"]
    forms, *others = recordings(named(found))
    assert len(others) == 5, "several recordings are not one"
    info = as_file(forms, "p")
    assert [one.ext for one in info.formats] == ["webm", "mp4"], "the first that the page names is the best"
