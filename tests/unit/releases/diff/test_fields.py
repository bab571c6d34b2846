"""Diffs of fields."""

from hypothesis import given, settings
from hypothesis import strategies as st

from releases.diff.fields import applied_fields, fields_diff, mirrored_fields
from releases.diff.model import FieldsDiff

TEXT = st.text(alphabet="ab 7", max_size=8)
VALUES = (
    st.none() | st.booleans() | st.integers(-3, 3) | TEXT | st.lists(TEXT, max_size=5)
    | st.lists(st.dictionaries(st.sampled_from("xyz"), TEXT, max_size=3), max_size=5)
)  # fmt: skip
FIELDS = st.dictionaries(st.sampled_from(["status", "type", "notes", "officers"]), VALUES, max_size=4)


@settings(max_examples=400, deadline=None)
@given(FIELDS, FIELDS)
def test_carried_out_it_gives_the_new_fields(old, new):
    found = applied_fields(fields_diff(old, new), old)
    assert found == new
    assert str(sorted(found.items())) == str(sorted(new.items()))  # True is not 1


@given(FIELDS)
def test_nothing_differs_from_itself(fields):
    assert fields_diff(fields, fields) == FieldsDiff(same=len(fields))


def plain(diff: FieldsDiff) -> list[tuple[object, ...]]:
    return sorted(
        (c.name, c.op, repr(c.old), repr(c.new), c.noise, sorted((i.op, i.old_at or 0, i.new_at or 0) for i in c.items))
        for c in (*diff.changes, *diff.noise)
    )


@settings(max_examples=400, deadline=None)
@given(FIELDS, FIELDS)
def test_from_the_other_side_it_is_mirrored(old, new):
    assert plain(fields_diff(new, old)) == plain(mirrored_fields(fields_diff(old, new)))


def test_what_people_see():
    old = {"status": "Open", "summary": "The officer was placed on leave in May.", "gone": "x", "same": 1}
    new = {"status": "Closed", "summary": "The officer was placed on duty in May.", "come": [1], "same": 1}
    diff = fields_diff(old, new)
    assert [(c.name, c.op) for c in diff.changes] == [
        ("status", "changed"), ("summary", "changed"), ("gone", "removed"), ("come", "added"),
    ]  # fmt: skip
    assert [p.text for p in diff.changes[1].pieces if p.op != "same"] == ["leave", "duty"]
    assert diff.same == 1


def test_lists_of_mappings():
    old = {"staff": [{"name": "Ann Lee", "rank": "Officer"}, {"name": "Bo Day", "rank": "Officer"}, {"name": "Cy Orr"}]}
    new = {
        "staff": [{"name": "Bo Day", "rank": "Officer"}, {"name": "Ann Lee", "rank": "Sergeant"}, {"name": "Di Elm"}]
    }
    (change,) = fields_diff(old, new).changes
    told = {(item.op, item.old_at, item.new_at) for item in change.items}
    assert ("removed", 2, None) in told
    assert ("added", None, 2) in told
    rank = next(item for item in change.items if item.fields)
    assert (rank.op, rank.fields[0].old, rank.fields[0].new) == ("changed", "Officer", "Sergeant")


def test_noise_is_set_aside_and_kept():
    diff = fields_diff({"a": "x  y", "link": "1"}, {"a": "x y", "link": "2"}, flapping={"link"})
    assert not diff.changes
    assert [(c.name, c.noise) for c in diff.noise] == [("a", "white space"), ("link", "flapping field")]


def test_long_lists_are_not_compared_pair_by_pair():
    old, new = {"a": [f"x{i} y" for i in range(20_000)]}, {"a": [f"z{i} y" for i in range(20_000)]}
    (change,) = fields_diff(old, new).changes
    assert {item.op for item in change.items} == {"removed", "added"}
