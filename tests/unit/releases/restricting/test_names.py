"""Names masked wherever they stand, and nothing else."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releases.facts.model import PdfFacts
from releases.restricting.names import Names, long_enough
from releases.text.passages import MASK

NAMES = Names(["José Núñez", "O'Brien", "Ann Lee", "王小明"])


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Jose Nunez said", f"{MASK} said"),
        ("JOSÉ\n  NÚÑEZ!", f"{MASK}!"),
        ("Nun\u0303ez, Jose\u0301 said", f"{MASK} said"),
        ("files/jose-nunez_2.pdf", f"files/{MASK}_2.pdf"),
        ("/search?q=Ann%20Lee", f"/search?q={MASK}"),
        ("a /Jose%20Nu%C3%B1ez b", f"a {MASK} b"),
        ("O’Brien's, OBrien, O'BRIEN", f"{MASK}'s, {MASK}, {MASK}"),
        ("A\u00adnn\u200b Lee", MASK),
        ("jo-\nse nu-\n nez", MASK),
        ("ﬁ Ann Lee ß Ann Lee", f"ﬁ {MASK} ß {MASK}"),
        ("对王小明说", f"对{MASK}说"),
        ("Josefa Nunez, Annlee, Ann Leeson, Brien", None),
        ("Ann. Then Lee", None),
        ("", None),
    ],
)
def test_a_name_is_masked_however_it_is_written(text: str, masked: str | None) -> None:
    assert NAMES.masked(text) == (text if masked is None else masked)
    assert NAMES.within(text) is (masked is not None)


def test_what_stands_around_a_name_is_no_part_of_it() -> None:
    assert Names(["(John Smith, Jr.)"]).masked("John Smith Jr. went") == f"{MASK}. went"
    assert Names(["5 shots were fired."]).masked("5 shots were fired.\nNext") == f"{MASK}.\nNext"


class Pair(NamedTuple):
    first: str
    second: int


def test_everything_that_holds_texts_is_masked() -> None:
    value = {"Ann Lee": ["x Ann Lee", 1, None, ("Ann Lee",)], "in": {"deep": Pair("Ann Lee", 2)}}
    assert NAMES.value(value) == {MASK: [f"x {MASK}", 1, None, (MASK,)], "in": {"deep": Pair(MASK, 2)}}
    facts = NAMES.value(PdfFacts(0, (), {"Author": "Ann Lee"}))
    assert facts.metadata == {"Author": MASK}
    assert NAMES.value(Counter({"Ann Lee": 2, "O'Brien": 3})) == Counter({MASK: 5})
    assert Names([]).value(value) is value


def test_short_names_would_mask_everything() -> None:
    assert [long_enough(one) for one in ("Al", "-- a --", "Ann", "Al B.")] == [False, False, True, True]
    assert not Names(["Al", " ", "--"])


@pytest.mark.parametrize(
    "text",
    ["Ann " * 200_000, "Ann" + " " * 1_000_000, "a-\n" * 300_000, "%4" * 500_000, "é Ann" * 200_000, "Lee," * 200_000],
)
def test_hostile_texts_are_looked_through_once(text: str) -> None:
    assert NAMES.masked(text) == text


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_around_a_name_breaks_it(before: str, after: str) -> None:
    masked = NAMES.masked(f"{before} Ann Lee {after}")
    assert not NAMES.within(masked)
    assert NAMES.masked(masked) == masked
