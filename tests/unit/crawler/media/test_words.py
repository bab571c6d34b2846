"""What the resolver says, mapped with care; captions of every form as WebVTT."""

from __future__ import annotations

import pytest

from crawler.capture.media.answer import Refusal
from crawler.capture.media.captions import as_webvtt
from crawler.capture.media.outcomes import sentence, trouble_of

VIMEO = "https://player.vimeo.com/video/123?h=a"
TUBE = "https://www.youtube.com/watch?v=abcdefghijk"


@pytest.mark.parametrize(
    ("refusal", "asked", "trouble"),
    [
        (Refusal("HTTPError", "HTTP Error 404", 404, "https://player.vimeo.com/video/123"), VIMEO, "removed"),
        (Refusal("HTTPError", "HTTP Error 410", 410, "https://vimeo.com/123"), VIMEO, "removed"),
        (Refusal("HTTPError", "HTTP Error 404", 404, "https://api.vimeo.com/oauth"), VIMEO, "unreachable"),
        (Refusal("HTTPError", "HTTP Error 404", 404, "https://cdn.example/123"), VIMEO, "unreachable"),
        (Refusal("HTTPError", "HTTP Error 404", 404, "https://www.youtube.com/youtubei/v1/next"), TUBE, "unreachable"),
        (Refusal("HTTPError", "HTTP Error 500", 500, "https://player.vimeo.com/video/123"), VIMEO, "unreachable"),
        (Refusal("ExtractorError", "Video unavailable. This video has been removed by the uploader"), TUBE, "removed"),
        (Refusal("ExtractorError", "Video unavailable. This content isn't available, try again later"), TUBE, "unreachable"),
        (Refusal("ExtractorError", "Video unavailable in your country"), TUBE, "geo"),
        (Refusal("ExtractorError", "Private video. Sign in if you've been granted access"), TUBE, "private"),
        (Refusal("ExtractorError", "Sign in to confirm you’re not a bot"), TUBE, "login"),
        (Refusal("ExtractorError", "Sign in to confirm your age"), TUBE, "age"),
        (Refusal("ExtractorError", "This video is DRM protected"), TUBE, "drm"),
        (Refusal("ExtractorError", "This live event will begin in 2 hours"), TUBE, "live"),
        (Refusal("UserNotLive", "The channel is not currently live"), TUBE, "live"),
        (Refusal("UnsupportedError", "Unsupported URL"), TUBE, "unsupported"),
        (Refusal("List", "this is a list of 2 or more recordings"), TUBE, "unsupported"),
        (Refusal("GeoRestrictedError", "not here"), TUBE, "geo"),
        (Refusal("KeyError", "'x'"), TUBE, "unreachable"),
    ],
)  # fmt: skip
def test_refusals(refusal: Refusal, asked: str, trouble: str):
    assert trouble_of(refusal, asked) == trouble


def test_a_sentence_is_bounded_printable_and_without_advice_for_others():
    said = sentence("login", "ERROR: Sign\x1b[31m in. Use --cookies-from-browser")
    assert said == "its host asks for a login, or for a proof that no machine asks (Sign [31m in)"
    assert len(sentence("unreachable", "x" * 5000)) < 400


@pytest.mark.parametrize(
    ("body", "ext"),
    [
        ("WEBVTT\n\nNOTE x\n\n1\n00:01.000 --> 00:02.500 align:start\n<v Ann>Stop &amp; <c>wait</c>\n", "vtt"),
        ("1\r\n00:00:01,000 --> 00:00:02,500\r\nStop & wait\r\n", "srt"),
        ('<tt xmlns="http://www.w3.org/ns/ttml"><body><p begin="00:00:01.000" end="2.5s">Stop &amp; wait</p></body></tt>', "ttml"),
        ('<timedtext><body><p t="1000" d="1500">Stop &amp; wait</p></body></timedtext>', "srv3"),
        ('{"events": [{"tStartMs": 1000, "dDurationMs": 1500, "segs": [{"utf8": "Stop & "}, {"utf8": "wait"}]}]}', "json3"),
    ],
)  # fmt: skip
def test_captions_of_every_form_become_the_same(body: str, ext: str):
    assert as_webvtt(body.encode(), ext) == "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nStop & wait\n"


@pytest.mark.parametrize("ext", ["vtt", "srt", "ttml", "srv3", "json3"])
@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"<!DOCTYPE x [<!ENTITY a 'b'>]><p t='1'>&a;</p>", b"[" * 50_000, b"{}", b"00:99 --> x"]
)
def test_what_is_no_caption_has_no_text(body: bytes, ext: str):
    assert as_webvtt(body, ext) == ""


def test_cues_in_cues_are_read_once():
    body = '<tt><p begin="1s" end="2s">a<p begin="3s" end="4s">b</p></p><p begin="5s" end="6s">c</p></tt>'
    assert as_webvtt(body.encode(), "ttml").split("\n")[2:] == [
        "00:00:01.000 --> 00:00:02.000", "a b", "",
        "00:00:05.000 --> 00:00:06.000", "c", "",
    ]  # fmt: skip
    deep = b"<tt>" + b"<p begin='1s'>" * 200_000 + b"a" + b"</p>" * 200_000 + b"</tt>"
    assert as_webvtt(deep, "ttml").endswith("\na\n")
