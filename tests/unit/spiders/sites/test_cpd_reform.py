"""The reform spider: comment windows in the words they come in, and every way a page can differ."""

from __future__ import annotations

from typing import Any

import pytest

from config.portal import Portal
from releases.model import EmptyMarker, ListingPage, Record, Sighting
from spiders.errors import PageError
from spiders.sites.cpd_reform import CpdReformSpider
from spiders.sites.cpd_reform_words import claims, numbers, window
from tests.captures import REAL, needs_captures
from tests.portals.offline import Outcome, converse, html
from tests.replicas.cpd_reform import CpdReformReplica
from tests.replicas.server import Asked

TEXTS = REAL / "page-text-excerpts"
LISTS = {"drafts": ["/draft_policy_archive/"], "news": ["/media-center/"], "pages": ["/reform/"],
         "directives": "directives.lakeharborpd.example"}  # fmt: skip


def read(*hazards: str, alter: tuple[str, str] = ("", ""), **parameters: Any) -> Outcome:
    """A whole conversation with the replica; `alter`: words of every page, and what they become."""
    portal = Portal("x", "X", "A", "P", CpdReformReplica.start, "cpd-reform", parameters or LISTS)
    with CpdReformReplica(*hazards) as replica:

        def answer(request: Any) -> Any:
            path = "/" + request.url.split("/", 3)[3]
            body, _ = replica.answer(Asked("GET", "https", "www.lakeharborpd.example", path, {})).encoded()
            return html(request.url, body.replace(alter[0].encode(), alter[1].encode()) if alter[0] else body)

        return converse(CpdReformSpider(portal), answer)


def fields(outcome: Outcome) -> dict[str, Record]:
    return {record.key: record for record in outcome.of(Record)}


def test_both_states_of_the_archive() -> None:
    """The same address a while later: a window extended in place, a new draft on top, one gone."""
    before, after = fields(read()), fields(read("extended"))
    assert before.keys() - after.keys() == {"draft_policy/post-299"}
    assert after.keys() - before.keys() == {"draft_policy/post-305"}
    was, became = (states["draft_policy/post-301"].fields for states in (before, after))
    assert (was["comment_closes"], became["comment_closes"]) == ("2023-08-18", "2023-08-30")
    assert (was["comment_extended"], became["comment_extended"]) == (False, True)
    assert was["comment_opens"] == became["comment_opens"] == "2023-07-14"


def test_what_a_draft_became_and_what_is_claimed() -> None:
    found = fields(read())
    assert found["policy-review/fictional-pointing"].fields["final"] == [
        "https://directives.lakeharborpd.example/api/publicDirective/6120"
    ]
    assert found["policy-review/imaginary-training"].fields["directives"] == ["S11-10"]
    assert found["/reform/"].fields["claims"] == [
        "More invented officers were trained here than in any other city.",
        "Compared with other major cities, the harbor reports fewer imaginary incidents.",
    ]
    assert found["/reform/"].fields["areas_of_improvement"] == ["Imaginary supervision", "Invented data"]
    assert found["/reform/"].fields["study_updates"] == ["A fictional study began in March 2025."]
    assert all("Somebody wrote" not in str(record.text) for record in found.values())


def test_a_media_center_without_posts_says_so() -> None:
    outcome = read("quiet")
    assert [one.words for one in outcome.of(EmptyMarker)] == ["No recent posts have been published"]
    assert outcome.errors == []
    assert [page.rows for page in outcome.of(ListingPage) if page.listing == "/media-center/"] == [0]


@pytest.mark.parametrize(
    ("hazards", "alter", "what"),
    [
        (("silent",), ("", ""), "expected at least 1 post, or words that there is none"),
        (("unclassed",), ("", ""), "expected at least 1 post, or words that there is none"),
        (("endless",), ("", ""), "expected rows of page 2 for 'the rows', found the rows of page 1 again"),
        (("undated",), ("", ""), "expected a day such as February 8, 2024 or 14 July 2023"),
        (("disagreeing",), ("", ""), "expected one day on which it closes for 'the comment period', found 2025-03-18, 2025-04-01"),
        ((), ("entry-content", "content"), "expected 1 element for '.entry-content', found none"),
        ((), ("<h1>", "<h2>"), "expected 1 element for 'h1', found none"),
        ((), ("forum for the", "page about the"), "expected `public comment forum for the \u2026`"),
        ((), ('class="wp-block-query-pagination-next"', ""), "expected page 1 of 2, and a next page until the last"),
        ((), ('datetime="2025', 'datetime="March 3, 2025'), "expected a day as 2024-02-08 for 'time[datetime]'"),
        ((), ("post-301 draft_policy", "draft_policy"), "or a number post-<n>"),
    ],
)  # fmt: skip
def test_a_page_that_differs_is_an_error(hazards: tuple[str, ...], alter: tuple[str, str], what: str) -> None:
    assert any(what in error.what for error in read(*hazards, alter=alter).errors)


def test_a_kind_that_is_called_otherwise_than_its_folder() -> None:
    """The name of a kind of post and the folder in its addresses are two settings in WordPress."""
    outcome = read(alter=("type-policy-review", "type-policy_review"))
    assert outcome.errors == []
    assert "policy_review/invented-crowds" in fields(outcome)
    without_headlines = read(alter=("h2", "h6"))
    assert fields(without_headlines).keys() >= {"policy-review/invented-crowds", "policy-review/imaginary-training"}


def test_a_page_number_of_a_thousand_digits_is_none() -> None:
    """Python refuses to read such a number; a page that prints one must not end the crawl."""
    outcome = read(alter=('class="page-numbers">2', f'class="page-numbers">{"9" * 5000}'))
    assert all(isinstance(error, PageError) for error in outcome.errors)
    assert {one.key for one in outcome.of(Sighting)} >= {"policy-review/invented-crowds"}


def test_a_row_with_two_posts_is_an_error() -> None:
    two = '<a href="/policy-review/other/">Other</a></h2>'
    outcome = read(alter=("</a></h2>", f"</a>{two}"))
    assert "expected 1 link to the post's own page" in outcome.errors[0].what


def test_what_was_sighted_stays_sighted() -> None:
    outcome = read("undated")
    assert {one.key for one in outcome.of(Sighting)} >= {
        "policy-review/invented-crowds",
        "policy-review/imaginary-training",
    }
    assert "policy-review/invented-crowds" not in fields(outcome)


@pytest.mark.parametrize(
    ("text", "opens", "closes", "days"),
    [
        ("CPD takes comments beginning on 14 July 2023 and conclude on 18 August 2023.", "2023-07-14", "2023-08-18", None),
        ("We invite feedback from February 1st until April 29th, 2023.", "2023-02-01", "2023-04-29", None),
        ("We take comments for 15 days beginning on July 16th, 2019.", "2019-07-16", None, 15),
        ("The comment period will close on March 13, 2024.", None, "2024-03-13", None),
        ("*** COMMENT PERIOD EXTENDED TO MARCH 13, 2024 ***\nThe comment period will close on March 1, 2024.",
         None, "2024-03-13", None),
        ("Following the comment period held from November 1st through December 31st, 2022, it was revised.",
         None, None, None),
        ("We invite you to share your comments on the directives.", None, None, None),
        ("The meeting ends on March 13, 2024.", None, None, None),
    ],
)  # fmt: skip
def test_windows(text: str, opens: str | None, closes: str | None, days: int | None) -> None:
    found = window("https://x.example/", text)
    assert (found.opens, found.closes, found.days) == (opens, closes, days)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The comment period will close on 3/18/25.", "'3/18/25'"),
        ("COMMENT PERIOD EXTENDED TO NEXT WEEK", "'NEXT WEEK'"),
        ("The comment period will close on March 13.", "'March 13'"),
        ("The comment period will close on February 31, 2024.", "'February 31, 2024'"),
    ],
)
def test_a_day_in_an_unknown_form_is_an_error(text: str, found: str) -> None:
    with pytest.raises(PageError) as raised:
        window("https://x.example/", text)
    assert raised.value.found == found


def test_claims_and_numbers() -> None:
    assert claims("We serve the city. Unlike the NYPD, we publish it.\nIn most departments it is secret.") == [
        "Unlike the NYPD, we publish it.", "In most departments it is secret.",
    ]  # fmt: skip
    assert numbers("S11-10_Training_DRAFT", "see G03-02-01 and G03-02-01, not 2024-05-06 or XS11-10") == [
        "S11-10",
        "G03-02-01",
    ]


@needs_captures
def test_the_texts_of_the_real_archive() -> None:
    """Two states of one address. Where a post ends, the text says `Share`."""
    found = {}
    for state in ("2023-08", "2024-02"):
        text = (TEXTS / f"home.chicagopolice.org_draft_policy_archive@{state}.txt").read_text("utf-8")
        found[state] = [
            (when.opens, when.closes, when.extended)
            for post in text.split("\nShare")
            if (when := window("https://x.example/", post)).said
        ]
    assert found == {
        "2023-08": [("2023-07-14", "2023-08-18", False)],
        "2024-02": [("2024-02-08", "2024-03-13", True), ("2024-02-02", "2024-02-20", False)],
    }
