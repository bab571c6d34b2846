"""Which events a subscription gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releases.alerts.errors import SubscriptionRefused
from releases.alerts.filters import Candidate, Filters, check_filters, has_words, matches, read_filters, write_filters


def candidate(**values):
    names = values.pop("names", ("lh-1",))
    given = {
        "portal": "p",
        "kind": "new",
        "record": "r",
        "record_kind": "case",
        "text": "",
        "backfill": False,
        **values,
    }
    return Candidate(names=frozenset(names), **given)


@pytest.mark.parametrize(
    ("filters", "event", "wanted"),
    [
        ({"portals": ["p"]}, {}, True),
        ({"portals": ["q"]}, {}, False),
        ({"portals": ["q", "p"], "kinds": ["new"]}, {}, True),
        ({"kinds": ["changed"]}, {}, False),
        ({"record_kinds": ["policy"]}, {}, False),
        ({"record_kinds": ["case"]}, {}, True),
        ({"keys": ["LH-1"]}, {}, True),
        ({"keys": ["LH-2"]}, {}, False),
        ({"keys": ["alias"]}, {"names": ("lh-1", "alias")}, True),
        ({"words": "taser"}, {"text": "A Taser was used"}, True),
        ({"words": "taser knife"}, {"text": "A Taser was used"}, False),
        # A portal that went blind concerns whoever follows it, whatever else they filter.
        ({"keys": ["LH-2"]}, {"kind": "blocked", "record": ""}, True),
        ({"portals": ["q"]}, {"kind": "blocked", "record": ""}, False),
        ({"kinds": ["new"], "health": False}, {"kind": "blocked", "record": ""}, False),
        ({"kinds": ["blocked"], "health": False}, {"kind": "blocked", "record": ""}, True),
        ({"kinds": ["new"]}, {"kind": "retracted"}, False),
    ],
)
def test_matches(filters, event, wanted):
    assert matches(read_filters(filters), candidate(**event)) is wanted


def test_a_correction_reaches_whoever_was_told():
    assert matches(read_filters({"kinds": ["new"]}), candidate(kind="retracted"), told_before=True)
    assert not matches(read_filters({"portals": ["q"]}), candidate(kind="retracted"), told_before=True)


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        ("use force", "Force, in use", True),
        ('"use of force"', "the use of force policy", True),
        ('"use of force"', "of use, force", False),
        ("redact*", "was redacted", True),
        ("redact", "was redacted", False),
        ("perez", "Officer Pérez", True),
        ("LH-2031-014", "case lh-2031-014 opened", True),
        ("LH-2031-01", "case LH-2031-014 opened", False),
        ("", "anything", True),
        ("body-worn", "body worn camera", True),
        ("cas", "case", False),
    ],
)
def test_words(words, text, found):
    assert has_words(words, text) is found


@given(st.text(max_size=60), st.text(max_size=120))
def test_words_never_fail(words, text):
    has_words(words, text)


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ({}, "every event of every portal"),
        ({"health": False, "backfill": True}, "every event of every portal"),
        ({"words": '"" ""'}, "no word"),
        ({"words": "  "}, "every event of every portal"),
        ({"kinds": ["news"]}, "no such kind"),
        ({"portals": ["p"], "everything": True}, "contradict"),
    ],
)
def test_refused(filters, said):
    with pytest.raises(SubscriptionRefused, match=said):
        check_filters(read_filters(filters))


def test_everything_must_be_said():
    check_filters(Filters(everything=True))


def test_filters_survive_storage():
    filters = Filters(portals=("p",), kinds=("new",), words="x", health=False)
    assert read_filters(write_filters(filters)) == filters


@pytest.mark.parametrize("stored", [{"portal": ["p"]}, {"portals": "p"}, {"portals": [1]}])
def test_unknown_filters_are_refused(stored):
    with pytest.raises(SubscriptionRefused):
        read_filters(stored)
