"""What a portal costs: what was said, what was counted, what a sample tells, and what stays unknown."""

from __future__ import annotations

import pytest

from cli.portals_told import estimated, lasting
from crawler.capture.fetch import Fetched
from crawler.estimate import Estimate, Sizes, size_said

NOTHING = Sizes(0, True, 0, 0)


def answer(status: int, **headers: str) -> Fetched:
    sent = tuple((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items())
    return Fetched("https://x.example/a", status, sent, None, None, None, ())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fetched", "size"),
    [
        (answer(200, content_length="1234"), 1234),
        (answer(206, content_range="bytes 0-0/987654"), 987654),
        (answer(206, content_range="bytes 0-0/*"), None),
        (answer(200), None),
        (answer(200, content_length="0"), None),
        (answer(200, content_length="-5"), None),
        (answer(200, content_length="9" * 40), None),
        (answer(403, content_length="1234"), None),
        (answer(404, content_length="12"), None),
    ],
)
def test_the_size_that_an_answer_says(fetched: Fetched, size: int | None) -> None:
    assert size_said(fetched) == size


def test_a_sample_stands_for_all_and_what_is_said_for_itself() -> None:
    assert Sizes(100, False, 4, 4_000_000).bytes == 100_000_000
    assert Sizes(100, True, 4, 4_000_000, said_bytes=7).bytes == 7
    assert Sizes(100, False, 0, 0).bytes is None
    assert Sizes(None, False, 4, 4_000).bytes is None
    assert NOTHING.bytes == 0


def test_what_is_told_of_it() -> None:
    known = Estimate(1_200, True, Sizes(2_000, True, 5, 5_000_000), Sizes(40, False, 2, 2_000_000_000), 3_300, 1.0, 0.5)
    told = "\n".join(estimated(known, media=False))
    for words in ("records       1,200", "2,000, 2.0 GB (from 5 files asked), $1.00 a month", "about 40, 40.0 GB", "$20.00 a month",
                  "listed, not fetched (--with-video takes them)", "3,300 requests at one per 1 s: 55 minutes or more", "$0.5 per GB and month"):  # fmt: skip
        assert words in told, words
    unknown = Estimate(None, False, Sizes(None, False, 0, 0), NOTHING, None, 1.0, 0.023)
    told = "\n".join(estimated(unknown, media=True))
    for words in (
        "not known: the portal does not say",
        "how many is not known",
        "first crawl   not known",
    ):
        assert words in told, words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "1 second"), (80, "80 seconds"), (600, "10 minutes"), (20_000, "6 hours"), (500_000, "6 days")],
)
def test_times(seconds: float, words: str) -> None:
    assert lasting(seconds) == words
