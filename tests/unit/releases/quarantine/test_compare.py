"""Which places of an older version a newer one has boxes over."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from releases.facts.model import Box, PdfPage
from releases.quarantine.compare import areas, dropped

WORDS = ["alpha bravo charlie delta echo", "foxtrot golf hotel india juliet", "kilo lima mike november oscar"]
HERE = Box(100, 600, 200, 614, "path")
AREA = (100.0, 600.0, 200.0, 614.0)


def page(*boxes: Box, width: float = 612, height: float = 792, picture: str = "") -> PdfPage:
    return PdfPage(width, height, 100, boxes, 0, picture)


def test_a_box_that_was_not_there():
    assert areas([page()], WORDS[:1], [page(HERE)], ["alpha bravo delta echo"]) == {1: [AREA]}


def test_a_box_that_was_there_is_not_new():
    moved = Box(101, 600, 200, 615, "image")
    assert areas([page(HERE)], WORDS[:1], [page(moved)], WORDS[:1]) == {}


def test_a_box_that_hid_nothing_well_is_new():
    """The same box, over words that could be read: what lies under it is one matter, what it shows another."""
    assert areas([page(Box(100, 600, 200, 614, "path", 9))], WORDS[:1], [page(HERE)], WORDS[:1]) == {1: [AREA]}


def test_pages_are_known_by_their_words_wherever_they_stand():
    new = ["a cover page with other words", WORDS[2], "foxtrot golf hotel india"]
    assert areas([page()] * 3, WORDS, [page(), page(), page(HERE)], new) == {2: [AREA]}


def test_a_new_page_is_like_none():
    assert areas([page()] * 3, WORDS, [page(HERE)], ["a dark chart about something else entirely"]) == {}


def test_pages_without_words_are_known_by_their_pictures_else_by_their_number():
    old = [page(picture="ffffffff00000000"), page(picture="00ff00ff00ff00ff")]
    now = [page(HERE, picture="00ff00ff00ff00fe"), page(HERE, picture="ffffffff00000001")]
    assert areas(old, ["", ""], now, ["", ""]) == {2: [AREA], 1: [AREA]}
    assert areas([page()] * 2, WORDS[:2], [page(), page(HERE)], ["", ""]) == {2: [AREA]}
    assert areas([page()] * 2, WORDS[:2], [page(HERE)], [""]) == {1: [AREA], 2: [AREA]}, "which of them nobody knows"
    assert areas([page()] * 2, WORDS[:2], [page(), page(), page(HERE)], ["", "", ""]) == {2: [AREA]}
    assert areas([page()] * 9, WORDS * 3, [page(HERE)], [""]) == {}
    assert areas([page(width=792, height=612)], WORDS[:1], [page(HERE)], [""]) == {}


def test_pages_far_away_among_thousands():
    texts = [f"common words of every page {number:04} {number * 7:05} x{number:04}" for number in range(3000)]
    now = [*texts[2000:], *texts[:2000]]
    found = areas([page()] * 3000, texts, [page(HERE)] * 3000, now)
    assert found == {number: [AREA] for number in range(1, 3001)}


def test_words_that_a_text_set_anew_has_no_more():
    was, now = "alpha bravo Ada Byrne charlie delta echo", "alpha bravo charlie delta echo foxtrot"
    assert dropped([page()], [was], [page(HERE)], [now]) == {1: [(12, 21)]}
    assert dropped([page()], [was], [page()], [now]) == {}, "dropped without a box"
    assert dropped([page(HERE)], [was], [page(HERE)], [now]) == {}, "its box was there"
    assert dropped([page()], [was], [page(HERE)], [was]) == {}
    assert dropped([page()], [was], [page(HERE)], [""]) == {}, "a scan says nothing of its words"


def test_a_scan_of_another_size():
    scanned = page(Box(200, 1200, 400, 1228, "image"), width=1224, height=1584)
    assert areas([page()], WORDS[:1], [scanned], [""]) == {1: [AREA]}


PAGES = st.lists(
    st.builds(
        PdfPage, st.floats(0, 1e4), st.floats(0, 1e4), st.just(5),
        st.lists(st.builds(Box, *[st.floats(-1e4, 1e4)] * 4, st.just("path")), max_size=3).map(tuple),
        st.just(0), st.sampled_from(["", "0000000000000000", "ffffffffffffffff"]),
    ), max_size=4,
)  # fmt: skip
TEXTS = st.lists(st.text("ab cd ef", max_size=40), min_size=4, max_size=4)


@given(PAGES, TEXTS, PAGES, TEXTS)
def test_whatever_the_pages_say_only_older_pages_are_named(old, old_texts, new, new_texts):
    found = areas(old, old_texts[: len(old)], new, new_texts[: len(new)])
    assert all(1 <= number <= len(old) and places for number, places in found.items())


@given(PAGES.filter(len), TEXTS)
def test_a_version_compared_with_itself_has_no_new_boxes(pages, texts):
    sound = [page(*(b for b in p.boxes if b.x1 - b.x0 > 1 and b.y1 - b.y0 > 1), picture=p.picture) for p in pages]
    once = sound[:1]
    assert areas(once, texts[:1], once, texts[:1]) == {}
