"""PDFs page by page: found again, compared, boxes and metadata told."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from releases.diff.model import PdfDiff, PdfPageChange
from releases.diff.pdf import pdf_diff
from releases.diff.summary import summary
from releases.diff.text import applied_lines, mirrored
from releases.facts.model import PdfPage
from tests.unit.releases.diff.pages import boxed, facts, paragraph
from tests.unit.releases.diff.test_text import squeezed


def compared(old: list[str], new: list[str]) -> PdfDiff:
    return pdf_diff(old, new, facts(*old), facts(*new))


def told(diff: PdfDiff) -> list[tuple[str, int | None, int | None]]:
    return [(page.op, page.old, page.new) for page in diff.pages]


PAGES = [paragraph(n) for n in range(12)]


def test_an_inserted_page_makes_no_other_differ():
    new = [*PAGES[:4], paragraph(99), *PAGES[4:]]
    assert told(compared(PAGES, new)) == [("added", None, 5)]
    assert told(compared(new, PAGES)) == [("removed", 5, None)]


def test_page_numbers_and_dates_of_printing_are_noise():
    old = [f"{text}\nPage {n} of 12\nPrinted on 3/4/2031" for n, text in enumerate(PAGES, 1)]
    new = [
        f"{text}\nPage {n} of 13\nPrinted on 5/6/2031"
        for n, text in enumerate([PAGES[0], paragraph(50), *PAGES[1:]], 1)
    ]
    diff = compared(old, new)
    assert told(diff) == [("added", None, 2)]
    assert {page.op for page in diff.noise} == {"changed"}
    assert len(diff.noise) == 12


def test_a_bare_number_in_the_middle_of_a_page_is_none():
    text = PAGES[0].split("\n")
    old, new = "\n".join([*text[:4], "7", *text[4:]]), "\n".join([*text[:4], "8", *text[4:]])
    assert told(compared([old], [new])) == [("changed", 1, 1)]
    assert told(compared([f"{PAGES[0]}\n7"], [f"{PAGES[0]}\n8"])) == []


def test_moved_changed_and_both():
    new = [*PAGES[1:], PAGES[0]]
    assert told(compared(PAGES, new)) == [("moved", 1, 12)]
    words = PAGES[0].replace("word0x3 ", "other ")
    assert told(compared(PAGES, [*PAGES[1:], words])) == [("moved and changed", 1, 12)]
    assert told(compared(PAGES, [words, *PAGES[1:]])) == [("changed", 1, 1)]


def test_black_boxes_and_metadata():
    old = facts(boxed((50, 700)), "b", Producer="Fictional Writer 1", Title="Report")
    new = facts(boxed((50, 700.5), (50, 650), (200, 650)), "b", Producer="Fictional Writer 2", Title="Report")
    diff = pdf_diff([PAGES[0], PAGES[1]], [PAGES[0], PAGES[1]], old, new)
    (page,) = diff.pages
    assert [(box.op, box.x0, box.y0) for box in page.boxes] == [("added", 50, 650), ("added", 200, 650)]
    assert [change.name for change in diff.metadata.changes] == ["Producer"]
    from releases.diff.model import FileDiff

    whole = FileDiff(1, 2, "application/pdf", "application/pdf", same_bytes=False, content=diff)
    assert summary(whole) == "1 of 2 pages differs, 2 new black boxes, Producer changed"


def test_scans_are_told_apart_by_their_looks():
    a, b, c = "0123456789abcdef", "f0e1d2c3b4a59687", "ffffffff00000000"
    near = f"{int(a, 16) ^ 0b11:016x}"
    pages = [boxed(picture=x) for x in (a, b, c)]
    new = [boxed(picture=x) for x in (near, "aaaaaaaa55555555", b, c)]
    assert told(pdf_diff([], [], facts(*pages), facts(*new))) == [("added", None, 2)]
    marked = [boxed(picture=a), boxed(picture=f"{int(b, 16) ^ 0xFFF:016x}"), boxed(picture=c)]
    (page,) = pdf_diff([], [], facts(*pages), facts(*marked)).pages
    assert (page.op, page.old, page.picture) == ("changed", 2, 12)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 8), max_size=8), st.lists(st.integers(0, 8), max_size=8))
def test_every_page_is_accounted_for_once_and_from_both_sides(a, b):
    old, new = [paragraph(n) for n in a], [paragraph(n) for n in b]
    diff = compared(old, new)
    gone = [page.old for page in diff.pages if page.op == "removed"]
    come = [page.new for page in diff.pages if page.op == "added"]
    assert len(old) - len(gone) == len(new) - len(come)
    assert len(set(gone)) == len(gone)
    assert len(set(come)) == len(come)
    back = compared(new, old)
    assert sorted(page.new for page in back.pages if page.op == "added") == sorted(gone)
    assert sorted(page.old for page in back.pages if page.op == "removed") == sorted(come)
    assert compared(old, old).pages == ()


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab \n7", max_size=80), st.text(alphabet="ab \n7", max_size=80))
def test_carried_out_it_gives_the_new_page(old, new):
    diff = compared([f"{PAGES[0]}\n{old}"], [f"{PAGES[0]}\n{new}"])
    changes: tuple[PdfPageChange, ...] = (*diff.pages, *diff.noise)
    if not changes:
        assert (old, new) == (old, old) or f"{PAGES[0]}\n{old}" == f"{PAGES[0]}\n{new}"
        return
    (page,) = changes
    assert page.text is not None
    lines = applied_lines(page.text, f"{PAGES[0]}\n{old}".split("\n"))
    assert lines == f"{PAGES[0]}\n{new}".split("\n")
    (other,) = (*(back := compared([f"{PAGES[0]}\n{new}"], [f"{PAGES[0]}\n{old}"])).pages, *back.noise)
    assert squeezed(other.text) == squeezed(mirrored(page.text))


def test_thousands_of_pages_that_all_differ_end():
    old = [f"{paragraph(n)}\nFiling 1" for n in range(3000)]
    new = [f"{paragraph(n)}\nFiling 2 of the docket" for n in range(3000)]
    diff = compared(old, [*new[:100], paragraph(9999), *new[100:]])
    ops = [page.op for page in diff.pages]
    assert (ops.count("changed"), ops.count("added"), ops.count("removed")) == (3000, 1, 0)


@pytest.mark.parametrize("count", [0, 3, 10_000_000])
def test_a_document_that_lies_about_its_pages(count):
    diff = pdf_diff(["a"], ["a", "b"], facts("a", count=count), facts("a", "b"))
    assert (diff.old_count, diff.new_count) == (count, 2)
    assert told(diff) == [("added", None, 2)]


def test_texts_without_facts_and_facts_without_texts():
    none = facts(count=2)
    assert told(pdf_diff(PAGES[:2], PAGES[:2], none, none)) == []
    assert told(pdf_diff([], [], facts(PdfPage(612, 792, 0)), facts(PdfPage(792, 612, 0)))) == [("changed", 1, 1)]
