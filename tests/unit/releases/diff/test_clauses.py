"""Contracts and policies clause by clause: what came, went, changed, moved, and what only has another number."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from releases.diff import clauses_pairs
from releases.diff.clauses import clauses_diff, mirrored_clauses
from releases.diff.clauses_model import ClausesDiff
from releases.diff.clauses_read import read_clauses
from releases.diff.markup import read_page
from releases.diff.page import page_lines
from releases.text.worker import TextWorker
from tests.captures import REAL, needs_captures
from tests.unit.releases.diff import contracts
from tests.unit.releases.diff.contracts import CONTENTS, CONTRACT, DISCIPLINE, DURATION, HOURS, PREAMBLE, RECOGNITION

CAPTURES = REAL / "cpd-directives"


def paths(pages: list[str]) -> list[str]:
    return [clause.path for clause in read_clauses(pages).walk()]


def told(diff: ClausesDiff) -> list[tuple[str, str, str]]:
    return [(one.op, one.old.path if one.old else "", one.new.path if one.new else "") for one in diff.changes]


def edited(old: str, new: str) -> list[str]:
    made = [line.replace(old, new) for line in CONTRACT]
    assert made != CONTRACT
    return made


WHOLE = [
    "",
    "ARTICLE I", "ARTICLE I › Section 1", "ARTICLE I › Section 2",
    "ARTICLE II", "ARTICLE II › Section 1", "ARTICLE II › Section 2",
    "ARTICLE II › Section 2 › (a)", "ARTICLE II › Section 2 › (b)", "ARTICLE II › Section 2 › (c)",
    "ARTICLE III", *(f"ARTICLE III › Section {number}" for number in range(1, 5)),
    "ARTICLE IV", "ARTICLE IV › Section 1",
]  # fmt: skip


@pytest.mark.parametrize("width", [40, 70, 200])
def test_a_contract_is_its_clauses_however_its_lines_are_broken(width):
    document = read_clauses(contracts.printed([*CONTENTS, *CONTRACT], width=max(width, 70)))
    assert [clause.path for clause in document.walk()] == WHOLE
    document = read_clauses(contracts.printed(CONTRACT, width=width))
    found = {clause.path: clause for clause in document.walk()}
    assert list(found) == WHOLE
    assert found["ARTICLE III"].title == "DISCIPLINE"
    assert found["ARTICLE III › Section 4"].text.endswith(
        "as in Section 2 of this Article, and may have a representative of the Guild present."
    )
    assert found["ARTICLE IV › Section 1"].page == len(contracts.printed(CONTRACT, width=width))
    assert document.headers == 2 * len(contracts.printed(CONTRACT, width=width))


def test_a_table_of_contents_is_no_clause():
    bare = [line.split(" ..")[0] + " 7" if " .." in line else line for line in CONTENTS]
    for contents in (CONTENTS, bare):
        document = read_clauses(contracts.printed([*contents, *CONTRACT]))
        assert [clause.path for clause in document.walk()] == WHOLE
        assert document.contents == 4
    diff = clauses_diff(contracts.printed(CONTRACT), contracts.printed([*bare, *CONTRACT]))
    assert told(diff) == [("changed", "", "")]  # the words TABLE OF CONTENTS stand before the first clause


@pytest.mark.parametrize("printer", [contracts.drawn, contracts.sampled])
def test_through_real_pdfs(printer):
    new = [PREAMBLE, *RECOGNITION, *HOURS, *(line.replace("24 months", "12 months") for line in DISCIPLINE), *DURATION]
    with TextWorker() as worker:
        sides = [worker.extract("application/pdf", printer(text)).pages for text in (CONTRACT, new)]
    assert paths(list(sides[0]))[1:] == WHOLE[1:]
    diff = clauses_diff(*sides)
    assert told(diff) == [("changed", "ARTICLE III › Section 3", "ARTICLE III › Section 3")]
    assert [(piece.op, piece.text.strip()) for piece in diff.changes[0].pieces if piece.op != "same"] == [
        ("removed", "24"),
        ("added", "12"),
    ]
    assert (diff.words_added, diff.words_removed, diff.same) == (1, 1, len(WHOLE) - 1)


def test_line_breaks_hyphens_and_quotes_are_no_change():
    broken = contracts.printed(edited("investigated", "investi-\ngated"), width=33)
    broken = [page.replace("'", "’").replace("one half", "one half") for page in broken]
    assert clauses_diff(contracts.printed(CONTRACT), broken).changes == ()


def test_an_article_put_in_renumbers_those_behind_it_and_changes_none():
    cameras = [
        "ARTICLE III - BODY CAMERAS",
        "Section 1. Recordings are kept for two years.",
        "Section 2. Nobody may edit them.",
    ]
    behind = [line.replace("ARTICLE III ", "ARTICLE IV ") for line in DISCIPLINE]
    last = [line.replace("ARTICLE IV ", "ARTICLE V ") for line in DURATION]
    diff = clauses_diff(
        contracts.printed(CONTRACT), contracts.printed([PREAMBLE, *RECOGNITION, *HOURS, *cameras, *behind, *last])
    )
    assert told(diff) == [
        ("added", "", "ARTICLE III"), ("renumbered", "ARTICLE III", "ARTICLE IV"), ("renumbered", "ARTICLE IV", "ARTICLE V"),
    ]  # fmt: skip
    assert (
        diff.changes[0].new.text
        == "BODY CAMERAS\nSection 1 Recordings are kept for two years.\nSection 2 Nobody may edit them."
    )
    assert not any(change.moved for change in diff.changes)


def test_a_clause_taken_out_renumbers_its_neighbours():
    new = contracts.printed([
        *CONTRACT[: CONTRACT.index(HOURS[3])], "(a) for hours worked beyond forty in one week;",
        "(b) for appearances in court on a day off, with a minimum of two hours.", *DISCIPLINE, *DURATION,
    ])  # fmt: skip
    diff = clauses_diff(contracts.printed(CONTRACT), new)
    inside = "ARTICLE II › Section 2 › "
    assert told(diff) == [
        ("removed", f"{inside}(a)", ""), ("renumbered", f"{inside}(b)", f"{inside}(a)"), ("changed", f"{inside}(c)", f"{inside}(b)"),
    ]  # fmt: skip
    assert diff.changes[2].renumbered


def test_what_moves_to_another_article_is_moved_also_with_other_words():
    moved = "Section 3. Written reprimands are removed from the personnel file after 24 months."
    there = "Section 2. Written reprimands are removed from the personnel file after 6 months."
    rest = [line.replace("Section 4.", "Section 3.") for line in DISCIPLINE if line != moved]
    diff = clauses_diff(
        contracts.printed(CONTRACT), contracts.printed([PREAMBLE, *RECOGNITION, *HOURS, *rest, *DURATION, there])
    )
    assert told(diff) == [
        ("renumbered", "ARTICLE III › Section 4", "ARTICLE III › Section 3"),
        ("changed", "ARTICLE III › Section 3", "ARTICLE IV › Section 2"),
    ]
    assert diff.changes[1].moved


def test_articles_in_another_order_have_moved():
    swapped = [PREAMBLE, *RECOGNITION, *DISCIPLINE, *HOURS, *DURATION]
    (change,) = clauses_diff(contracts.printed(CONTRACT), contracts.printed(swapped)).changes
    assert (change.op, change.moved, change.renumbered) == ("moved", True, False)


def test_a_rewritten_clause_keeps_its_number_and_another_one_does_not():
    new = edited(
        "No officer shall be disciplined except for just cause.",
        "The Chief may discipline an officer for just cause or for conduct unbecoming.",
    )
    assert told(clauses_diff(contracts.printed(CONTRACT), contracts.printed(new))) == [
        ("changed", "ARTICLE III › Section 1", "ARTICLE III › Section 1")
    ]
    new = edited("No officer shall be disciplined except for just cause.", "Canines are kept at home.")
    assert [op for op, _, _ in told(clauses_diff(contracts.printed(CONTRACT), contracts.printed(new)))] == [
        "removed",
        "added",
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I. PURPOSE\nA. One.\nB. Two.\nII. POLICY\nA. One.\n1. Deep.\na. Deeper.\n(1) Deepest.\nB. Two.", [
            "I.", "I. › A.", "I. › B.", "II.", "II. › A.", "II. › A. › 1.", "II. › A. › 1. › a.", "II. › A. › 1. › a. › (1)", "II. › B."]),
        ("Article 4. Pay\n4.1 Rates are fixed.\n4.2 Raises follow.\n4.2.1 In July.\nArticle 5. Leave\n5.1 Sick leave.", [
            "Article 4", "Article 4 › 4.1", "Article 4 › 4.2", "Article 4 › 4.2 › 4.2.1", "Article 5", "Article 5 › 5.1"]),
        ("H. Eight.\nA. One.\nB. Two.\nC. Three.", ["", "A.", "B.", "C."]),
        ("\n".join(f"{chr(65 + n)}. Part {n}." for n in range(11)), [f"{chr(65 + n)}." for n in range(11)]),
        ("\n".join(f"({x}) It is so." for x in ("i", "ii", "iii", "iv", "v", "vi")), [f"({x})" for x in ("i", "ii", "iii", "iv", "v", "vi")]),
        ("Section 3. (a) The first.\n(b) The second.\nSection 4. No more.", ["Section 3", "Section 3 › (a)", "Section 3 › (b)", "Section 4"]),
        ("Section 1. It is paid: (a) for one hour;\n(b) for two hours;\n(c) for more.\nSection 2. No more.", [
            "Section 1", "Section 1 › (b)", "Section 1 › (c)", "Section 2"]),
        ("Section 1. It is paid\n(b) for two hours.", ["Section 1"]),
        ("ARTICLE 1 General Purpose\nSection 1.1 The parties agree.\nARTICLE 2\nRecognition\nSection 2.1 In accordance with law.\nSection 2.2 The Union is named in\nSection 504 Rehabilitation and so on.", [
            "ARTICLE 1", "ARTICLE 1 › Section 1.1", "ARTICLE 2", "ARTICLE 2 › Section 2.1", "ARTICLE 2 › Section 2.2"]),
        ("ARTICLE IX: PAY\n9.01 Rates are fixed.\n9.02 Raises follow\n12.50 Dollars an hour.\n9.03 No more.", ["ARTICLE IX", "ARTICLE IX › 9.01", "ARTICLE IX › 9.02", "ARTICLE IX › 9.03"]),
        ("ARTICLE ONE\nPAY\nThe pay is fixed.\nAPPENDIX A\nRates\n1. Forty.\n2. Fifty.", ["ARTICLE ONE", "APPENDIX A", "APPENDIX A › 1.", "APPENDIX A › 2."]),
        ("1. It shall be done within\n30. days of the\n2019. year.\n2. It is paid.\n4. After a gap.", ["1.", "2.", "4."]),
        ("As said in\nArticle 12 of this agreement, and\nSection 3 thereof, nothing is due.", [""]),
        ("PURPOSE\nTo say why.\nPOLICY\nTo say what.", ["PURPOSE", "POLICY"]),
        ("", []),
    ],
)  # fmt: skip
def test_numbers_are_read_where_they_fit(text, found):
    assert paths([text]) == found


def test_titles_stand_behind_a_number_or_on_the_next_line():
    text = "ARTICLE XII\nDISCIPLINE AND DISCHARGE\nThe Town may act.\nSection 12.1 Just Cause\nNo officer is disciplined without it."
    found = {clause.path: (clause.title, clause.text) for clause in read_clauses([text]).walk()}
    assert found == {
        "ARTICLE XII": ("DISCIPLINE AND DISCHARGE", "The Town may act."),
        "ARTICLE XII › Section 12.1": ("Just Cause", "No officer is disciplined without it."),
    }


def test_texts_without_numbers_say_so():
    diff = clauses_diff(["all of it is prose"], ["all of it is other prose"])
    assert diff.unnumbered == ("old", "new")
    assert told(diff) == [("changed", "", "")]


PIECES = st.sampled_from(
    ["ARTICLE I - PAY", "ARTICLE II - LEAVE", "ARTICLE III", "Section 1. It is so.", "Section 2. Pay is due in July.", "(a) ten days",
     "(b) twelve days", "(i) one", "A. Policy", "1. first", "2. second", "4.1 Decimal", "PREAMBLE", "- 3 -", "Page 2 of 9", "the officer shall be",
     "paid overtime for the hours", "", "I.", "§ 3", "\u00ad", "ARTICLE I - PAY ........ 7"]
)  # fmt: skip
TEXTS = st.lists(st.lists(PIECES, max_size=14).map("\n".join), max_size=3) | st.lists(st.text(max_size=60), max_size=2)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_nothing_differs_from_itself(text):
    diff = clauses_diff(text, text)
    assert diff.changes == ()
    assert diff.same == diff.old_count == diff.new_count


@settings(max_examples=400, deadline=None)
@given(TEXTS, TEXTS)
def test_from_the_other_side_it_is_mirrored(old, new):
    diff = clauses_diff(old, new)
    assert clauses_diff(new, old) == mirrored_clauses(diff)
    assert mirrored_clauses(mirrored_clauses(diff)) == diff


@settings(max_examples=400, deadline=None)
@given(TEXTS, TEXTS)
def test_every_clause_is_told_once(old, new):
    diff = clauses_diff(old, new)
    both = [one for one in diff.changes if one.old and one.new]
    assert len({one.old_at for one in both}) == len({one.new_at for one in both}) == len(both)
    for change in both:
        removed = "".join(piece.text for piece in change.pieces if piece.op in {"removed", "same"})
        added = "".join(piece.text for piece in change.pieces if piece.op in {"added", "same"})
        if change.op == "changed":
            assert (removed.split(), added.split()) == (change.old.text.split(), change.new.text.split())
    assert diff.same + len(both) <= min(diff.old_count, diff.new_count)


def test_a_hostile_text_takes_steps_that_grow_with_it(monkeypatch):
    """A hundred thousand clauses that are all alike, against as many that are a little otherwise."""
    compared = 0
    likeness = clauses_pairs._Sides.likeness

    def counted(*arguments):
        nonlocal compared
        compared += 1
        return likeness(*arguments)

    monkeypatch.setattr(clauses_pairs._Sides, "likeness", counted)
    old = "\n".join(f"{n % 90 + 1}. the same words again" for n in range(100_000))
    new = "\n".join(f"{n % 90 + 1}. the same words again and {n}" for n in range(100_000))
    diff = clauses_diff([old], [new])
    assert diff.old_count <= 20_001
    assert diff.changes
    assert 0 < compared <= 20 * diff.old_count


def test_a_line_of_dots_is_no_table_of_contents():
    """Nor does it take time that grows with its square."""
    assert [clause.text for clause in read_clauses([". " * 300_000 + "x"]).walk()] == [("." + " ." * 299_999) + " x"]


@needs_captures
def test_real_directives_and_their_revisions():
    """Revision series of two directives, as crawled in 2015 and 2016."""

    def pages(name: str) -> list[list[str]]:
        files = sorted(CAPTURES.glob(f"{name}@*.html"))
        return [["\n".join(page_lines(read_page(file.read_bytes(), "")))] for file in files]

    force, cameras = (
        pages("a7a57be2-128ff3f0-ae912-8fff-44306f3da7b28a19"),
        pages("a7a57b38-151f3872-56415-1f38-89ce6c22d026d090"),
    )
    found = paths(force[0])
    assert [path for path in found if "›" not in path] == ["", "I.", "II.", "III.", "ADDENDA"]
    assert found[-7:] == ["ADDENDA", *(f"ADDENDA › {n}." for n in range(1, 7))]
    assert "III. › C. › 1. › c." in found
    # Saved again and again; the two forms of January and February 2016 alternate in their markup alone.
    assert all(clauses_diff(old, new).changes == () for old, new in pairwise(cameras[:7]))
    rewritten = clauses_diff(cameras[6], cameras[7])
    assert len(paths(cameras[7])) > len(paths(cameras[6])) > 100
    found = {
        (change.op, change.old.path, change.new.path): change
        for change in rewritten.changes
        if change.old and change.new
    }
    assert ("renumbered", "VI. › B. › 2.", "VI. › B. › 3.") in found
    assert ("changed", "IX. › B. › 6.", "IX. › B. › 4.") in found
    assert found["changed", "IX. › B. › 6.", "IX. › B. › 4."].moved
    assert {change.op for change in rewritten.changes} == {"added", "removed", "changed", "renumbered"}
    assert rewritten.same > 20
    assert clauses_diff(cameras[7], cameras[6]) == mirrored_clauses(rewritten)
