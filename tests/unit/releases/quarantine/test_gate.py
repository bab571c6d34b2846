"""What the gate hides, and what a passage leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from django.db import connections
from hypothesis import given
from hypothesis import strategies as st

from archive.catalog.database import open_database
from releases.models import Quarantine
from releases.quarantine.gate import EVERYTHING, MASK, hidden, masked, merged

SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)))


def test_a_passage_leaves_a_mask_of_one_width():
    assert masked("by Ada Byrne, and by Bo", [(3, 12), (21, 23)]) == f"by {MASK}, and by {MASK}"


def test_spans_beyond_the_text_say_nothing():
    assert masked("short", [(40, 50)]) == "short"
    assert masked("short", [(2, 50)]) == f"sh{MASK}"
    assert masked("short", [EVERYTHING]) == MASK
    assert masked("", [EVERYTHING]) == ""


def test_order_and_overlap_do_not_matter():
    assert masked("0123456789", [(6, 8), (1, 3), (2, 5), (5, 6)]) == f"0{MASK}89"


@given(st.text("abc", max_size=60), SPANS)
def test_what_is_shown_is_what_no_span_covers(text, spans):
    covered = {place for start, end in spans for place in range(start, end)}
    shown = "".join(character for place, character in enumerate(text) if place not in covered)
    assert masked(text, spans).replace(MASK, "") == shown


@given(SPANS)
def test_merged_spans_are_apart_and_ascending(spans):
    joined = merged(spans)
    assert all(before[1] < after[0] for before, after in pairwise(joined))
    assert {p for s, e in joined for p in range(s, e)} == {p for s, e in spans for p in range(s, e)}


@pytest.fixture
def catalog(tmp_path) -> Iterator[None]:
    open_database(f"sqlite:///{tmp_path / 'catalog.sqlite3'}")
    yield
    connections.close_all()


def held(ident: str, digest: str, page: int, spans: list[list[int]], state: str = "held") -> None:
    Quarantine.objects.create(
        id=ident, portal="p", record="r", file="f", digest=digest, capture="c", page=page, spans=spans,
        engine="e", reason="under a box", state=state, at=datetime.now(UTC), crawl="c",
    )  # fmt: skip


@pytest.mark.usefixtures("catalog")
def test_held_and_kept_passages_hide_and_released_ones_show():
    held("1", "sha256:a", 1, [[3, 7]])
    held("2", "sha256:a", 1, [[5, 9]], "kept")
    held("3", "sha256:a", 2, [[0, 4]], "released")
    held("4", "sha256:b", 3, [[1, 2], [4, 5]])
    assert hidden(["sha256:a", "sha256:b", "sha256:c", ""]) == {
        "sha256:a": {1: [(3, 9)]},
        "sha256:b": {3: [(1, 2), (4, 5)]},
    }


@pytest.mark.usefixtures("catalog")
def test_more_digests_than_a_database_takes_at_once():
    held("1", "sha256:00900", 1, [[3, 7]])
    assert list(hidden({f"sha256:{number:05}" for number in range(1_200)})) == ["sha256:00900"]
