"""Transcripts as WebVTT, and what a search takes of them."""

from releases.speech.model import Segment, Transcript
from releases.speech.vtt import read_vtt, spoken, stamp, write_vtt

HEARD = Transcript(
    (Segment(0.0, 1.5, "Fish & chips <b>now</b>", 0.5), Segment(3599.9996, 3661.25, "two\nlines --> here")),
    "en",
    "an engine 1 (model 0000)",
)


def test_what_is_written_is_read():
    text = write_vtt(HEARD, 3700.0, 3700.0).decode()
    assert text.startswith("WEBVTT\n\nNOTE\n")
    assert "01:00:00.000 --> 01:01:01.250" in text
    assert "Confidence: 0.50 on average" in text
    assert [(one.start, one.end, one.text) for one in read_vtt(text)] == [
        (0.0, 1.5, "Fish & chips <b>now</b>"),
        (3600.0, 3661.25, "two lines --> here"),
    ]
    assert spoken(text) == "Fish & chips <b>now</b>\ntwo lines --> here"


def test_what_was_not_heard_is_said():
    text = write_vtt(HEARD, 60.0, 3700.0).decode()
    assert "Heard until 00:01:00.000 of 01:01:40.000." in text
    failed = write_vtt(Transcript((), "en", "x", "no words", "nothing was said"), 5.0, 5.0).decode()
    assert "no words: nothing was said" in failed
    assert spoken(failed) == ""


def test_captions_of_others():
    text = (
        "WEBVTT\r\n\r\nSTYLE\r\n::cue {}\r\n\r\n00:01.000 --> 00:02.000 align:start\r\n<v Ann>Hello <c.x>there</c>\r\n"
    )
    assert [(one.start, one.text) for one in read_vtt(text)] == [(1.0, "Hello there")]
    assert not list(read_vtt("<" * 100_000 + "\n\n00:00:01.000 --> x"))
    assert stamp(-1) == "00:00:00.000"
