"""Range and Accept-Encoding headers, sound, odd and hostile."""

from __future__ import annotations

import pytest

from web.files.asked import number, seconds
from web.files.ranges import CannotSatisfy, Wanted, accepts, wanted
from web.files.sending import disposition


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("bytes=0-0", Wanted(0, 1, open=False)),
        ("bytes=0-", Wanted(0, 10, open=True)),
        ("BYTES = 2 - 5 ", Wanted(2, 6, open=False)),
        ("bytes=5-99999", Wanted(5, 10, open=False)),
        ("bytes=-3", Wanted(7, 10, open=False)),
        ("bytes=-99999999999999999", Wanted(0, 10, open=False)),
        ("", None),
        ("bytes=", None),
        ("bytes=-", None),
        ("bytes=5-2", None),
        ("bytes=99-2", None),
        ("bytes=0-1,4-5", None),
        ("lines=1-2", None),
        ("bytes=a-b", None),
        ("bytes=١-٢", None),
        (f"bytes={'9' * 400}-", None),
        (f"bytes={'0-1,' * 5000}", None),
    ],
)
def test_which_bytes_are_wanted(header: str, found: Wanted | None) -> None:
    assert wanted(header, 10) == found


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-12", "bytes=-0", f"bytes={'9' * 18}-"])
def test_what_is_behind_the_end_cannot_be_had(header: str) -> None:
    with pytest.raises(CannotSatisfy):
        wanted(header, 10)


def test_of_nothing_no_range_can_be_had() -> None:
    with pytest.raises(CannotSatisfy):
        wanted("bytes=0-", 0)
    with pytest.raises(CannotSatisfy):
        wanted("bytes=-5", 0)


@pytest.mark.parametrize(
    ("header", "takes"),
    [
        (None, True),
        ("gzip, br", True),
        ("x-gzip", True),
        ("*", True),
        ("identity;q=1, *;q=0", False),
        ("gzip;q=0.000", False),
        ("gzip;q=0.001", True),
        ("", False),
        ("br" + ",x" * 9999, False),
    ],
)
def test_who_takes_gzip(header: str | None, takes: bool) -> None:
    assert accepts(header, "gzip") is takes


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("report.pdf", 'attachment; filename="report.pdf"'),
        ('a"b/../c\r\nSet-Cookie: x.pdf', 'attachment; filename="a_b_.._cSet-Cookie_ x.pdf"'),
        ("\u202egnp.exe", 'attachment; filename="gnp.exe"'),
        ("Übersicht.pdf", "attachment; filename*=utf-8''%C3%9Cbersicht.pdf"),
        ("...", 'attachment; filename="file"'),
        ("x" * 500 + ".mp4", f'attachment; filename="{"x" * 120}.mp4"'),
        ("\ud800.pdf", 'attachment; filename="pdf"'),
    ],
)
def test_names_are_safe_on_every_disk(name: str, header: str) -> None:
    assert disposition(name, inline=False) == header


@pytest.mark.parametrize(
    ("said", "found"),
    [("75", 75.0), ("1:15", 75.0), ("1:01:15.5", 3675.5), ("", 0.0), ("nan", 0.0), ("-3", 0.0), ("1e9", 0.0), ("9" * 19, 360_000.0), ("1:2:3:4", 0.0), ("²", 0.0)],
)  # fmt: skip
def test_seconds_of_an_address(said: str, found: float) -> None:
    assert seconds(said) == found


@pytest.mark.parametrize(("said", "found"), [("7", 7), ("0", None), ("-1", None), ("9" * 30, None), ("٣", None), ("", None)])  # fmt: skip
def test_numbers_of_an_address(said: str, found: int | None) -> None:
    assert number(said) == found
