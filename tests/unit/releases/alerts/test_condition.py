"""Conditions on a record's fields."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releases.alerts.condition import check_condition, holds, read_conditions
from releases.alerts.errors import SubscriptionRefused

FIELDS = {
    "district": "04", "Incident Date": "2031-01-31", "count": 12, "amount": "$1,200", "type": ["Taser discharge", "Firearm"],
    "subjects": [{"race": "unknown", "age": "17"}], "finding": None, "note": "", "open": True,
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "wanted", "met"),
    [
        ("district", "04", True), ("District", "4", False), ("district", "0*", True), ("district", "!=04", False),
        ("incident_date", "2031-01-31", True), ("incident date", ">=2031-01", True), ("INCIDENT-DATE", "<2031-01", False),
        ("incident date", "<=2031-01", True), ("incident date", ">2031-01-30", True), ("incident date", ">=2032", False),
        ("incident date", "<2032", True), ("count", ">11", True), ("count", ">=12", True), ("count", "<12", False),
        ("amount", ">1000", True), ("type", "taser discharge", True), ("type", "TASER  Discharge", True), ("type", "taser*", True),
        ("type", "taser", False), ("type", "!=firearm", False), ("type", "!=baton", True), ("subjects", "17", True),
        ("subjects", "<18", True), ("finding", "*", False), ("finding", "!=closed", True), ("note", "*", False),
        ("district", "*", True), ("nowhere", "*", False), ("nowhere", "!=x", True), ("nowhere", ">1", False), ("open", "true", True),
        ("district", ">=2031-01-01", False), ("type", ">5", False),
    ],
)  # fmt: skip
def test_conditions(name, wanted, met):
    check_condition(name, wanted)
    assert holds(FIELDS, name, wanted) is met


@pytest.mark.parametrize(
    ("name", "wanted"), [("", "x"), (" ", "x"), ("a", ""), ("a", "!="), ("a", ">= "), ("a", ">x"), ("a", "<=soon")]
)
def test_conditions_that_say_nothing_are_refused(name, wanted):
    with pytest.raises(SubscriptionRefused):
        check_condition(name, wanted)


def test_as_written_on_the_command_line():
    assert read_conditions(["district=04", "incident date >= 2031-01", "type!=taser", "note=a=b"]) == {
        "district": "04", "incident date": ">=2031-01", "type": "!=taser", "note": "a=b",
    }  # fmt: skip


@pytest.mark.parametrize("written", [["district"], ["=04"], ["a>x"], ["a=1", "a=2"], [""], ["a="]])
def test_wrongly_written(written):
    with pytest.raises(SubscriptionRefused):
        read_conditions(written)


@given(st.dictionaries(st.text(max_size=5), st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=9),
                                                         lambda part: st.lists(part, max_size=3))), st.text(max_size=5), st.text(max_size=9))  # fmt: skip
def test_no_field_and_no_condition_breaks_it(fields, name, wanted):
    assert holds(fields, name, wanted) in {True, False}
