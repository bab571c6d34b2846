"""Diffs of texts: carried out on the old one they give the new one, and from the other side the other."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from releases.diff.model import Hunk, Piece, TextDiff
from releases.diff.noise import without_noise
from releases.diff.text import applied, mirrored, text_diff, words_diff

WORDS = st.sampled_from(
    [
        "the",
        "officer",
        "was",
        "relieved",
        "a.",
        "7",
        " ",
        "  ",
        "\n",
        "\n\n",
        "Page 3 of 4",
        "views",
        "12",
        "é",
        "\u2028",
    ]
)
TEXTS = st.lists(WORDS, max_size=40).map(" ".join) | st.text(alphabet="ab \n.", max_size=60) | st.text(max_size=40)


@settings(max_examples=500, deadline=None)
@given(TEXTS, TEXTS)
def test_carried_out_it_gives_the_new_text(old, new):
    assert applied(text_diff(old, new), old) == new
    assert applied(text_diff(old, new, without_noise), old) == new


@given(TEXTS)
def test_nothing_differs_from_itself(text):
    assert text_diff(text, text) == TextDiff()
    assert all(piece.op == "same" for piece in words_diff(text, text))


def squeezed(diff: TextDiff) -> TextDiff:
    """White space in words that are the same may be either side's, and between two of those removed and added
    ones may stand in any order.
    """

    def runs(pieces: tuple[Piece, ...]) -> list[Piece]:
        out: list[Piece] = []
        run = {"removed": "", "added": ""}
        for one in (*pieces, Piece("same", "")):
            if one.op in run:
                run[one.op] += one.text
                continue
            out += [Piece(op, text) for op, text in run.items() if text]
            run = {"removed": "", "added": ""}
            text = " ".join(one.text.split()) if one.op == "same" else one.text
            if text:
                out.append(Piece(one.op, text, one.line))
        return out

    def hunk(one: Hunk) -> Hunk:
        before = ("",) * len(one.before)  # lines that count as equal; they may differ in noise
        return msgspec.structs.replace(one, pieces=tuple(runs(one.pieces)), before=before)

    return msgspec.structs.replace(diff, hunks=tuple(map(hunk, diff.hunks)), noise=tuple(map(hunk, diff.noise)))


@settings(max_examples=500, deadline=None)
@given(TEXTS, TEXTS)
def test_from_the_other_side_it_is_mirrored(old, new):
    assert squeezed(text_diff(new, old)) == squeezed(mirrored(text_diff(old, new)))


@settings(max_examples=500, deadline=None)
@given(TEXTS, TEXTS)
def test_pieces_are_both_texts(old, new):
    pieces = words_diff(old, new)
    for side, text in (("removed", old), ("added", new)):
        assert "".join("".join(p.text for p in pieces if p.op in {"same", side}).split()) == "".join(text.split())


def test_words_of_a_changed_line():
    (hunk,) = text_diff("one\nThe report is due on 3 May.\ntwo", "one\nThe report is due on 4 June.\ntwo").hunks
    assert (hunk.old_at, hunk.new_at) == (1, 1)
    assert [(p.op, p.text) for p in hunk.pieces] == [
        ("same", "The report is due on "), ("removed", "3 May"), ("added", "4 June"), ("same", "."),
    ]  # fmt: skip


def test_a_moved_paragraph_is_recognised():
    moved = "Members will not use the device in these circumstances."
    old, new = f"{moved}\nFirst.\nSecond.", f"First.\nSecond.\n{moved}"
    diff = text_diff(old, new)
    assert (diff.words_added, diff.words_removed, diff.words_moved) == (0, 0, 9)
    assert {(p.op, p.line) for h in diff.hunks for p in h.pieces} == {("moved away", 3), ("moved here", 1)}


def test_other_line_breaks_are_noise():
    diff = text_diff("The officer was\nrelieved of duty.", "The officer\nwas relieved of\nduty.")
    assert not diff.hunks
    assert [hunk.noise for hunk in diff.noise] == ["line breaks"]


def test_one_word_in_a_wrapped_paragraph_is_one_word():
    old = "Members of the\nDepartment who carry\na device will wear\nit at all times."
    new = "Members of the whole\nDepartment who\ncarry a device will\nwear it at all times."
    diff = text_diff(old, new)
    assert (diff.words_added, diff.words_removed) == (1, 0)


def test_a_rewritten_paragraph_is_not_a_salad():
    pieces = words_diff(
        "The board met in the large hall of the library on the first floor",
        "Nobody of us who had seen the flood could ever forget a night like that",
    )
    assert [piece.op for piece in pieces] == ["removed", "added"]


@pytest.mark.parametrize(
    ("old", "new"),
    [("x " * 300_000, "y " * 300_000), ("ab" * 500_000, "ba" * 500_000), ("a\n" * 100_000, "b\na\n" * 50_000),
     ("".join(chr(33 + i * 7 % 90) for i in range(300_000)), "".join(chr(33 + i * 11 % 90) for i in range(300_000)))],
)  # fmt: skip
def test_hostile_texts_end(old, new):
    assert applied(text_diff(old, new, without_noise), old) == new
